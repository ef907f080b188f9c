import { Alert, Code, List, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { sentence } from '../../../components/ProblemAlert';
import { changedLines, meanings, type Line } from '../../connect/plain';
import { ReviewPlan } from '../../connect/ReviewPlan';
import { ReviewTest } from '../../connect/ReviewTest';
import { text, type Spec } from '../../connect/spec';
import { useHeldAudience } from '../../connect/useHeldAudience';

interface Props {
  name: string;
  stored: Spec;
  spec: Spec;
  warnings: readonly string[];
  /** ready says that the server finds nothing wrong, so that a run can be planned. */
  ready: boolean;
}

/** Changes shows what was and what will be side by side, and what that means for people. */
export function Changes({ name, stored, spec, warnings, ready }: Props) {
  const held = useHeldAudience(name);
  const changes = meanings(stored, spec, held);
  const people = changes.some((c) => c.people);
  return (
    <Stack>
      <Title order={3} fz="h5">
        What changes
      </Title>
      <Table.ScrollContainer minWidth={460}>
        <Table layout="fixed" verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={110}>What</Table.Th>
              <Table.Th>Now</Table.Th>
              <Table.Th>Then</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changedLines(stored, spec).map(({ what, before, after }) => (
              <Table.Tr key={what}>
                <Table.Th scope="row">{what}</Table.Th>
                <Table.Td>{before && <Said line={before} />}</Table.Td>
                <Table.Td>{after && <Said line={after} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {changes.length > 0 && (
        <Alert
          color={changes.some((c) => c.serious) ? 'orange' : 'gray'}
          title="What the changes mean for the people in the audience"
        >
          <List size="sm">
            {changes.map((c) => (
              <List.Item key={c.text}>{c.text}</List.Item>
            ))}
          </List>
          {people && text(spec, 'sync_mode') !== 'upsert' && (
            <Text size="sm" mt="xs">
              The guard still holds a run that would remove too many.
            </Text>
          )}
        </Alert>
      )}
      {warnings.map((w) => (
        <Alert key={w} color="orange" icon={<IconAlertTriangle aria-hidden />}>
          {sentence(w)}.
        </Alert>
      ))}
      {ready && people && <ReviewTest name={name} spec={spec} />}
      {ready && people && <ReviewPlan name={name} spec={spec} first={false} />}
    </Stack>
  );
}

function Said({ line }: { line: Line }) {
  return (
    <>
      <Text size="sm" className="wrapped">
        {line.text}
      </Text>
      {line.code && (
        <Code block mt="snug" mah={240} tabIndex={0} role="region" aria-label={line.what}>
          {line.code}
        </Code>
      )}
    </>
  );
}
