import {
  ActionIcon,
  Alert,
  Badge,
  Card,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconAlertTriangle, IconTrash } from '@tabler/icons-react';

import type { Choice, Column, Field, PayloadField, SuggestedField } from '../../api/schema.gen';
import { ColumnSelect } from './ColumnSelect';
import { SampleValues } from './SampleValues';
import type { Filling } from './spec';

interface Props {
  filling: Filling;
  field: Field | undefined;
  columns: Column[];
  sample: PayloadField | undefined;
  sampling: boolean;
  /** fit is how many sampled values of the column can be used. */
  fit?: SuggestedField | undefined;
  /** choice says why the column is the suggested one, if it is. */
  choice?: Choice | undefined;
  /** doubt says that the column does not look like the field. */
  doubt?: string | undefined;
  error?: string | undefined;
  onChange: (filling: Filling) => void;
  onRemove: () => void;
}

/** FieldCard maps one field: what fills it, and what becomes of the value of a sample row. */
export function FieldCard(props: Props) {
  const { filling, field, columns, sample, sampling, fit, choice, doubt, error, onChange, onRemove } = props;
  const column = columns.find((c) => c.name === filling.text);
  const gone = filling.kind === 'column' && filling.text !== '' && !column;
  return (
    <Card component="section" aria-labelledby={`field-${filling.field}`} p="md">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Stack gap="hair">
            <Group gap="xs">
              <Title order={3} fz="md" id={`field-${filling.field}`}>
                {filling.field}
              </Title>
              {field?.identity && <Badge size="sm">Matches people</Badge>}
            </Group>
            <Text size="sm" c="dimmed">
              {field?.help ?? 'A field that this server does not know.'}
            </Text>
          </Stack>
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${filling.field}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          <Stack gap="xs">
            <SegmentedControl
              size="xs"
              w="fit-content"
              aria-label={`What fills ${filling.field}`}
              value={filling.kind}
              onChange={(kind) => onChange({ ...filling, kind: kind as Filling['kind'], text: '' })}
              data={[
                { value: 'column', label: 'A column' },
                { value: 'constant', label: 'A constant' },
              ]}
            />
            {filling.kind === 'column' ? (
              <ColumnSelect
                label={`Column for ${filling.field}`}
                columns={columns}
                value={column ? filling.text : null}
                onChange={(name) => onChange({ ...filling, text: name })}
                error={gone ? `The model has no column ${filling.text} any more. Choose another.` : error}
              />
            ) : (
              <TextInput
                label={`Value for ${filling.field}`}
                description="The same for every row."
                placeholder={field?.identity ? undefined : '2027-12-31T00:00:00Z'}
                value={filling.text}
                onChange={(e) => onChange({ ...filling, text: e.currentTarget.value })}
                error={error}
              />
            )}
            {!doubt && <Reason fit={fit} choice={choice} />}
            {doubt && (
              <Alert color="orange" p="xs" role="status" icon={<IconAlertTriangle size={16} aria-hidden />}>
                Look at {column?.name} again: {doubt}.
              </Alert>
            )}
          </Stack>
          <SampleValues sample={sample} loading={sampling} empty={!filling.text} />
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

/** Reason says what speaks for the column, and which one would be the next. */
function Reason({ fit, choice }: Pick<Props, 'fit' | 'choice'>) {
  if (choice)
    return (
      <Text size="sm" c="dimmed">
        Suggested: {choice.why}.
        {choice.runner_up && ` The next best is ${choice.runner_up}: ${choice.runner_up_why}.`}
      </Text>
    );
  if (!fit || fit.filled === 0) return null;
  return (
    <Text size="sm" c="dimmed">
      {fit.valid} of {fit.filled} sampled values can be used.
    </Text>
  );
}
