import { Badge, Card, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';

import type { Run } from '../../api/schema.gen';
import { bytes, count, duration } from '../../components/numbers';
import { Figure } from '../../components/Figure';
import { took } from './progress';

const operations = [
  { key: 'insert', label: 'Added', text: 'new in the model' },
  { key: 'update', label: 'Changed', text: 'with other values than before' },
  { key: 'delete', label: 'Removed', text: 'gone from the model, or no longer usable' },
  { key: 'renew', label: 'Renewed', text: 'unchanged, sent again before their membership ends' },
  { key: 'reassert', label: 'Asserted again', text: 'share an identity with somebody who was removed' },
  { key: 'unchanged', label: 'Unchanged', text: 'nothing to send' },
] as const;

/** Counts shows what a run found to do, and what became of it. */
export function Counts({ run }: { run: Run }) {
  const c = run.counts;
  // Of several audiences some may be held and others done: the counts are of what was done.
  const several = (run.parts ?? []).length > 0;
  const held =
    (run.status === 'needs_approval' && !several) ||
    (run.status === 'cancelled' && (run.counts.requests === 0 || run.errors.some((e) => e.removal)));
  return (
    <SimpleGrid cols={{ base: 1, md: held ? 1 : 2 }}>
      {!held && <Outcome run={run} />}
      <Card component="section" aria-labelledby="operations">
        <Title order={2} fz="h4" id="operations" mb="xs">
          {!held ? 'Operations' : run.status === 'cancelled' ? 'What it would have done' : 'What it would do'}
        </Title>
        <Table verticalSpacing="fine" withRowBorders={false} aria-labelledby="operations">
          <Table.Tbody>
            {operations.map((o) => (
              <Table.Tr key={o.key}>
                <Table.Th scope="row" fw={500}>
                  {o.label}
                </Table.Th>
                <Table.Td>
                  <Text size="sm" c="dimmed">
                    {o.text}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{count(c[o.key])}</Table.Td>
              </Table.Tr>
            ))}
            {!!c.opted_out && (
              <Table.Tr>
                <Table.Th scope="row" fw={500}>
                  Opted out
                </Table.Th>
                <Table.Td>
                  <Text size="sm" c="dimmed">
                    taken out because a suppression list has them
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{count(c.opted_out)}</Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Card>
    </SimpleGrid>
  );
}

function marked(n: number, color: string) {
  return n === 0 ? (
    '0'
  ) : (
    <Badge color={color} size="lg">
      {count(n)}
    </Badge>
  );
}

/** Outcome counts what became of the rows. A run that waits for a person has none. */
function Outcome({ run }: { run: Run }) {
  const c = run.counts;
  const spent = took(run, 0);
  return (
    <Card component="section" aria-labelledby="outcome">
      <Stack>
        <Title order={2} fz="h4" id="outcome">
          Outcome
        </Title>
        <SimpleGrid cols={{ base: 2, sm: 3 }}>
          <Figure label="Rows of the model" value={count(c.rows)} />
          <Figure label="Delivered" value={count(c.delivered)} />
          <Figure label="Refused by X" value={marked(c.rejected, 'orange')} />
          <Figure label="Not delivered" value={marked(c.failed, 'red')} />
          <Figure label="Left out as invalid" value={marked(c.invalid, 'grape')} />
          {!!c.held_out && <Figure label="Held out" value={count(c.held_out)} />}
          <Figure label="Requests" value={count(c.requests)} />
          <Figure label="Sent" value={bytes(c.bytes)} />
          <Figure label="Took" value={spent === null ? '–' : duration(spent)} />
        </SimpleGrid>
      </Stack>
    </Card>
  );
}
