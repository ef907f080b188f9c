import { Alert, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { checkQuery } from '../../api/modelQueries';
import { problemOf } from '../../api/client';
import { here, localTime, relative, utcTime } from '../../components/times';
import { mistakesOf } from './mistakes';
import type { Spec } from './spec';

/** NextRuns tells the next five times of a schedule, and what the server warns of. */
export function NextRuns({ name, spec }: { name: string; spec: Spec }) {
  const [settled] = useDebouncedValue(spec, 300);
  const { data, error } = useQuery(checkQuery(name, settled, true));
  if (error) {
    const mistakes = mistakesOf(problemOf(error));
    const elsewhere = mistakes.length > 0 && !mistakes.some((m) => m.step === 'schedule');
    return (
      <Text size="sm" c="dimmed" role="status">
        {elsewhere
          ? 'The next times show here once the steps before are complete.'
          : 'The next times show here once the schedule is right.'}
      </Text>
    );
  }
  if (!data) return <Skeleton h={140} aria-label="Working out the next times" />;
  const zone = here();
  return (
    <Stack gap="sm" aria-live="polite">
      <Title order={3} fz="h5">
        The next five times
      </Title>
      <Table.ScrollContainer minWidth={0}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">UTC</Table.Th>
              {zone !== 'UTC' && <Table.Th scope="col">{zone}</Table.Th>}
              <Table.Th scope="col">In</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.next_runs.map((t) => (
              <Table.Tr key={t}>
                <Table.Td>{utcTime(t).replace(/ UTC$/, '')}</Table.Td>
                {zone !== 'UTC' && <Table.Td>{localTime(t)}</Table.Td>}
                <Table.Td>{relative(Date.parse(t) - Date.now()).replace(/^in /, '')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.warnings.map((w) => (
        <Alert key={w} color="orange" icon={<IconAlertTriangle aria-hidden />}>
          {w}
        </Alert>
      ))}
    </Stack>
  );
}
