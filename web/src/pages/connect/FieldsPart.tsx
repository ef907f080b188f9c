import { Alert, Button, Group, Menu, Stack, Text } from '@mantine/core';
import { IconPlus, IconSparkles } from '@tabler/icons-react';
import { Fragment } from 'react';

import type { Column, Field } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { ProblemAlert } from '../../components/ProblemAlert';
import { choiceOf, fitOf, suggested } from './fits';
import { FieldCard } from './FieldCard';
import { at } from './mistakes';
import { Masked } from './Rows';
import { SampleBar } from './SampleBar';
import { mappingOf, text, withMapping, type Filling } from './spec';
import type { StepProps } from './stepProps';
import { useFields, useSuggestions } from './useModel';
import { useSample } from './useSample';

/** FieldsPart says what fills the fields that X recognises people by. */
export function FieldsPart({
  name,
  spec,
  change,
  mistakes,
  stored,
  columns,
}: StepProps & { columns: Column[] }) {
  const fields = useFields(spec);
  const suggestions = useSuggestions(spec);
  const doubts = suggestions.data?.warnings ?? [];
  const { raw } = useAccess();
  const sample = useSample(name, spec, fields);
  const fillings = mappingOf(spec);
  const put = (next: Filling[]) => change(withMapping(spec, next));

  const free = fields.filter((f) => !fillings.some((m) => m.field === f.name));
  const more = suggested(suggestions.data, free, fillings);
  return (
    <Stack>
      <Text c="dimmed">
        Map every field that you have: X matches more people when it knows more about them. Values are
        normalised and hashed before they leave; X gets digests.
      </Text>
      {!raw && <Masked />}
      {fillings.length === 0 && more.length === 0 && suggestions.isFetched && (
        <Alert title="No column looks like a field of X">
          Add a field and choose its column. Most models have an e-mail address or a phone number.
        </Alert>
      )}
      {raw && !text(spec, 'destination') && (
        <Text size="sm">
          What X would get for a row is shown here once the X account is chosen; it may be done later.
        </Text>
      )}
      {sample.rows.length > 0 && <SampleBar sample={sample} />}
      {fillings.map((filling, i) => (
        <FieldCard
          key={filling.field}
          filling={filling}
          field={fields.find((f) => f.name === filling.field)}
          columns={columns}
          sample={sample.row?.fields.find((f) => f.field === filling.field)}
          sampling={sample.loading}
          fit={filling.kind === 'column' ? fitOf(suggestions.data, filling.field, filling.text) : undefined}
          choice={choiceOf(suggestions.data, filling)}
          doubt={doubts.find((d) => d.field === filling.field && d.column === filling.text)?.detail}
          error={at(mistakes, `mapping/${filling.field}`)}
          onChange={(next) => put(fillings.map((f, j) => (j === i ? next : f)))}
          onRemove={() => put(fillings.filter((_, j) => j !== i))}
        />
      ))}
      {at(
        mistakes.filter((m) => m.path === 'mapping'),
        'mapping',
      ) && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {at(mistakes, 'mapping')}
        </Text>
      )}
      <Group>
        <AddField free={free} add={(field) => put([...fillings, { field, kind: 'column', text: '' }])} />
        {more.length > 0 && (
          <Button
            variant="subtle"
            leftSection={<IconSparkles size={16} aria-hidden />}
            onClick={() => put([...fillings, ...more])}
          >
            Add what fits: {more.map((s) => s.field).join(', ')}
          </Button>
        )}
      </Group>
      {Boolean(sample.error) && (
        <ProblemAlert error={sample.error} title="The sample row could not be made" />
      )}
      {stored && (
        <Text size="sm" c="dimmed">
          A changed mapping is carried through by the next run: what is new is sent, and what people were
          known by and no longer are is removed.
        </Text>
      )}
    </Stack>
  );
}

function AddField({ free, add }: { free: Field[]; add: (field: string) => void }) {
  if (free.length === 0) return null;
  const groups = [
    { label: 'Match people', fields: free.filter((f) => f.identity) },
    { label: 'Times of the membership', fields: free.filter((f) => !f.identity) },
  ].filter((g) => g.fields.length > 0);
  return (
    <Menu position="bottom-start" width={360} shadow="md">
      <Menu.Target>
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />}>
          Add a field
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {groups.map((g) => (
          <Fragment key={g.label}>
            <Menu.Label>{g.label}</Menu.Label>
            {g.fields.map((f) => (
              <Menu.Item key={f.name} onClick={() => add(f.name)}>
                <Text size="sm" fw={600}>
                  {f.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {f.help}
                </Text>
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
