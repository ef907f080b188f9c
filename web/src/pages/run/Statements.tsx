import { Card, Skeleton, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { statementsQuery } from '../../api/queries';
import type { Run, Statement } from '../../api/schema.gen';
import { bytes, count, duration, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';

type Step = Pick<Statement, 'step' | 'rows' | 'seconds'>;

/** cost says what a run used of its warehouse, as far as that told. */
export function cost({ usage }: Pick<Run, 'usage'>): string {
  if (!usage) return '';
  const more = [
    usage.bytes_scanned ? `${bytes(usage.bytes_scanned)} read` : '',
    usage.seconds ? `${duration(usage.seconds)} of the warehouse's time` : '',
  ].filter(Boolean);
  return [`${plural(usage.statements, 'statement')} in all`, ...more].join(', ') + '. ';
}

/** summed adds up the steps of one name, in the order in which the names came first. */
export function summed(steps: readonly Step[]): Step[] {
  const by = new Map<string, Step>();
  for (const s of steps) {
    const before = by.get(s.step);
    by.set(
      s.step,
      before ? { step: s.step, rows: before.rows + s.rows, seconds: before.seconds + s.seconds } : s,
    );
  }
  return [...by.values()];
}

/** Statements lists what the warehouse carried out for a run that has ended. */
export function Statements({ run }: { run: Run }) {
  const query = useQuery(statementsQuery(run.run_id));
  if (query.data?.length === 0) return null;
  // Those of several audiences are the same steps again and again.
  const several = (run.parts ?? []).length > 0;
  const steps: Step[] = several ? summed(query.data ?? []) : (query.data ?? []);
  return (
    <Card component="section" aria-labelledby="statements">
      <Title order={2} fz="h4" id="statements">
        In the warehouse
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {cost(run)}
        {several
          ? 'The steps of the run, those of all its audiences added up.'
          : 'The steps of the run, in their order. Repeats are one line.'}
      </Text>
      {query.isPending && <Skeleton h={160} />}
      <ProblemAlert error={query.error} />
      {query.data && (
        <Table.ScrollContainer
          minWidth={360}
          scrollAreaProps={{
            viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Table of statements' },
          }}
        >
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Step</Table.Th>
                <Table.Th ta="right">Rows</Table.Th>
                <Table.Th ta="right">Took</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {steps.map((s, i) => (
                <Table.Tr key={i}>
                  <Table.Td>{s.step}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {count(s.rows)}
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {s.seconds < 0.1 ? `${Math.round(s.seconds * 1000)} ms` : duration(s.seconds)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}
