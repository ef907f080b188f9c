import { Alert, Card, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { client, take } from '../../api/client';
import type { Connection } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { Ago } from '../../components/Ago';
import { time } from '../../components/times';
import { scheduleWords } from './spec';

/** ScheduleTab tells when a connection runs next. */
export function ScheduleTab({ connection }: { connection: Connection }) {
  const { edit } = useAccess();
  const { name, spec, version } = connection;
  // What the check warns of, such as X's own windows, is asked of the server.
  const check = useQuery({
    queryKey: ['connections', name, 'check', version],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/check', {
          params: { path: { name } },
          body: { spec },
          signal,
        }),
      ),
    enabled: edit,
    staleTime: 5 * 60_000,
  });
  const next = connection.next_runs ?? [];
  return (
    <Card component="section" aria-labelledby="schedule">
      <Stack>
        <Title order={2} fz="h4" id="schedule">
          Schedule
        </Title>
        <Text>{scheduleWords(connection.spec)}.</Text>
        {connection.paused && (
          <Alert color="gray" icon={<IconPlayerPause aria-hidden />} title="The schedule is paused">
            Nothing starts by itself until somebody resumes it. What was missed is not made up for.
          </Alert>
        )}
        {(check.data?.warnings ?? []).map((w) => (
          <Alert key={w} color="yellow">
            {w}
          </Alert>
        ))}
        {next.length > 0 && !connection.paused && (
          <Table.ScrollContainer minWidth={300}>
            <Table>
              <Table.Caption>
                {next.length === 1 ? 'The next time' : `The next ${next.length} times`}
              </Table.Caption>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>When</Table.Th>
                  <Table.Th>From now</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {next.map((at) => (
                  <Table.Tr key={at}>
                    <Table.Td>{time(at)}</Table.Td>
                    <Table.Td>
                      <Ago at={at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Stack>
    </Card>
  );
}
