import { Accordion, Alert, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { client, take } from '../../../api/client';
import type { Connection } from '../../../api/schema.gen';
import { useAccess } from '../../../components/access';
import { Ago } from '../../../components/Ago';
import { sentence } from '../../../components/ProblemAlert';
import { time } from '../../../components/times';
import { scheduleWords, settingsWords } from '../spec';

/** WhenView tells when a connection runs next, how it syncs, and when it stops to ask. */
export function WhenView({ connection }: { connection: Connection }) {
  const { spec, paused } = connection;
  const next = connection.next_runs ?? [];
  return (
    <Stack gap="md">
      <Text>{scheduleWords(spec)}.</Text>
      {paused && (
        <Alert color="gray" icon={<IconPlayerPause aria-hidden />} title="The schedule is paused">
          Nothing starts by itself until somebody resumes it. What was missed is not made up for.
        </Alert>
      )}
      <Doubts connection={connection} />
      {next.length > 0 && !paused && (
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="times">
            <Accordion.Control>
              {next.length === 1 ? 'The next time' : `The next ${next.length} times`}
            </Accordion.Control>
            <Accordion.Panel>
              <Table>
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
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
      {settingsWords(spec).map((s) => (
        <Stack key={s.label} gap={0}>
          <Title order={3} fz="sm" fw={500} c="dimmed">
            {s.label}
          </Title>
          <Text fw={600}>{s.value}</Text>
          <Text size="sm" c="dimmed">
            {s.text}
          </Text>
        </Stack>
      ))}
    </Stack>
  );
}

/** Doubts are what the server warns of, such as X's own windows; viewers are not told. */
function Doubts({ connection: { name, spec, version } }: { connection: Connection }) {
  const { edit } = useAccess();
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
  return (check.data?.warnings ?? []).map((w) => (
    <Alert key={w} color="yellow">
      {sentence(w)}.
    </Alert>
  ));
}
