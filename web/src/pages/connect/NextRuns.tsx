import { Alert, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { timesQuery } from '../../api/modelQueries';
import { sentence } from '../../components/ProblemAlert';
import { Ago } from '../../components/Ago';
import { time } from '../../components/times';
import { written, type Schedule } from './spec';

/** NextRuns tells the next five times of a schedule, and what the server warns of. */
export function NextRuns({ schedule }: { schedule: Schedule }) {
  const [settled] = useDebouncedValue(schedule, 300);
  const { data, error } = useQuery(timesQuery(written(settled)));
  if (error)
    return (
      <Text size="sm" c="dimmed" role="status">
        The next times show here once the schedule is right.
      </Text>
    );
  if (!data) return <Skeleton h={140} aria-label="Working out the next times" />;
  return (
    <Stack gap="sm" aria-live="polite">
      <Title order={3} fz="h5">
        The next five times
      </Title>
      <Table.ScrollContainer minWidth={0}>
        <Table verticalSpacing="snug">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                From now
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.next_runs.map((t) => (
              <Table.Tr key={t}>
                <Table.Td>{time(t)}</Table.Td>
                <Table.Td visibleFrom="sm">
                  <Ago at={t} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.warnings.map((w) => (
        <Alert key={w} color="orange" icon={<IconAlertTriangle aria-hidden />}>
          {sentence(w)}.
        </Alert>
      ))}
    </Stack>
  );
}
