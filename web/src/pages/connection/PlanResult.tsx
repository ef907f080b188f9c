import { Badge, Card, Code, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';

import type { Plan } from '../../api/schema.gen';
import { Figure } from '../../components/Figure';
import { bytes, count, duration } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { Quality } from '../../components/Quality';
import { Warnings } from '../../components/Warnings';
import { adviceFor, kindLabel, percentOf, removalText, sorted } from '../run/advice';
import { visible } from '../../components/visible';

const operations: Record<string, string> = {
  insert: 'Add',
  update: 'Change',
  delete: 'Remove',
  renew: 'Renew',
  reassert: 'Assert again',
};

/**
 * PlanResult shows a plan: counts, samples of changes, the quality of fields, and what would be
 * left out. Inside of a section it is one level deeper, and narrower.
 */
export function PlanResult({ plan, inside = false }: { plan: Plan; inside?: boolean }) {
  const order = inside ? 4 : 2;
  const cols = inside ? { base: 2, sm: 3, lg: 4 } : { base: 2, sm: 4, lg: 6 };
  const c = plan.counts;
  const errors = sorted(plan.errors ?? []);
  const samples = plan.samples ?? [];
  return (
    <>
      <Card component="section" aria-labelledby="would">
        <Title order={order} fz="h4" id="would" mb="sm">
          What the run would do
        </Title>
        <SimpleGrid cols={cols}>
          <Figure label="Rows of the model" value={count(c.rows)} />
          <Figure label="Held now" value={count(plan.held)} />
          {plan.estimated_bytes !== undefined && (
            <Figure label="Read by the warehouse" value={bytes(plan.estimated_bytes)} />
          )}
          <Figure label="Add" value={count(c.insert)} />
          <Figure label="Change" value={count(c.update)} />
          <Figure label="Remove" value={count(c.delete)} />
          <Figure label="Renew" value={count(c.renew)} />
          <Figure label="Assert again" value={count(c.reassert)} />
          <Figure label="Unchanged" value={count(c.unchanged)} />
          <Figure label="Left out as invalid" value={count(c.invalid)} />
          {!!c.held_out && <Figure label="Held out" value={count(c.held_out)} />}
          {!!c.opted_out && <Figure label="Opted out" value={count(c.opted_out)} />}
          <Figure label="Requests" value={count(c.requests)} />
          <Figure label="To send" value={bytes(c.bytes)} />
          <Figure label="At X’s limits, at least" value={duration(plan.seconds)} />
        </SimpleGrid>
        {plan.removal.identities > 0 && (
          <Text size="sm" mt="sm">
            By that {removalText(plan.removal)} leave the audience, whatever the operation:{' '}
            {percentOf(plan.removal)} by the larger share.
          </Text>
        )}
      </Card>
      <Warnings warnings={plan.warnings} />
      <Card component="section" aria-labelledby="quality">
        <Title order={order} fz="h4" id="quality" mb="xs">
          How well people can be matched
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          X matches a person by any one of these. The more of them a row has, the better its chance.
        </Text>
        <Quality fields={plan.fields ?? []} rows={c.rows} />
      </Card>
      {samples.length > 0 && (
        <Card component="section" aria-labelledby="samples">
          <Title order={order} fz="h4" id="samples" mb="xs">
            A few of the changes
          </Title>
          <Table.ScrollContainer minWidth={420}>
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Operation</Table.Th>
                  <Table.Th>Record</Table.Th>
                  <Table.Th>Fields with a value</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {samples.map((s, i) => (
                  <Table.Tr key={`${s.operation} ${s.record_id} ${i}`}>
                    <Table.Td>
                      <Badge color={s.operation === 'delete' ? 'red' : 'gray'}>
                        {operations[s.operation] ?? s.operation}
                      </Badge>
                    </Table.Td>
                    <Table.Td>{s.record_id ? <Code>{visible(s.record_id)}</Code> : 'not shown'}</Table.Td>
                    <Table.Td>{(s.fields ?? []).join(', ')}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
      {errors.length > 0 && (
        <Card component="section" aria-labelledby="left-out">
          <Title order={order} fz="h4" id="left-out" mb="sm">
            What would be left out
          </Title>
          <Stack gap="md">
            {errors.map((e) => {
              const advice = adviceFor(e);
              return (
                <Stack key={e.reason} gap="hair">
                  <Title order={inside ? 5 : 3} fz="md" fw={600}>
                    {sentence(e.reason)}
                  </Title>
                  <Text size="sm">
                    {count(e.count)} {kindLabel(advice.kind, e.count)}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {advice.text}
                  </Text>
                </Stack>
              );
            })}
          </Stack>
        </Card>
      )}
    </>
  );
}
