import { Alert, Badge, Card, Code, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import type { PayloadRow } from '../../api/schema.gen';
import { payloadQuery } from '../../api/watch';
import { useAccess } from '../../components/access';
import { ProblemAlert } from '../../components/ProblemAlert';
import { short, visible } from '../../components/visible';

/** Payload shows what X gets for a few rows, down to the request. */
export function Payload({ connection }: { connection: string }) {
  const { edit } = useAccess();
  const query = useQuery({ ...payloadQuery(connection), enabled: edit });
  const body = useMemo(() => JSON.stringify(query.data?.body, null, 2), [query.data]);
  if (!edit)
    return <Alert color="gray">Editors and administrators can see what a few rows are sent as.</Alert>;
  return (
    <Stack>
      <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      {query.isPending && <Skeleton h={320} />}
      {query.data && (
        <>
          <Card component="section" aria-labelledby="values">
            <Title order={2} fz="h4" id="values">
              A few rows of the model as they are now
            </Title>
            <Text size="sm" c="dimmed" mb="sm">
              Each value is normalised by X’s rules and hashed with SHA-256. Only the last column leaves.
              {query.data.masked ? ' None is shown: you have no right to see them.' : ''}
            </Text>
            <Table.ScrollContainer minWidth={720}>
              <Table verticalSpacing="snug">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Record</Table.Th>
                    <Table.Th>Field</Table.Th>
                    <Table.Th>Value</Table.Th>
                    <Table.Th>Normalised</Table.Th>
                    <Table.Th>Sent</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {query.data.rows.map((row, i) => (
                    <Fields key={`${row.record_id} ${i}`} row={row} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Card>
          <Card component="section" aria-labelledby="request">
            <Title order={2} fz="h4" id="request">
              The request
            </Title>
            <Text size="sm" c="dimmed" mb="sm">
              The body that X gets for these rows. Removals go in requests of their own, before additions.
            </Text>
            {query.data.body ? (
              <Code block mah={420} tabIndex={0} role="region" aria-label="Body of the request">
                {body}
              </Code>
            ) : (
              <Text size="sm" c="dimmed">
                {query.data.masked
                  ? 'It holds digests of values, which you have no right to see.'
                  : 'There is nothing to send for these rows.'}
              </Text>
            )}
          </Card>
        </>
      )}
    </Stack>
  );
}

function Fields({ row }: { row: PayloadRow }) {
  return row.fields.map((f, i) => (
    <Table.Tr key={f.field}>
      {i === 0 && (
        <Table.Td rowSpan={row.fields.length} valign="top">
          <Stack gap="fine" align="flex-start">
            <Code>{visible(row.record_id) || 'none'}</Code>
            {row.invalid && <Badge color="grape">Left out: {row.invalid}</Badge>}
          </Stack>
        </Table.Td>
      )}
      <Table.Td>{f.field}</Table.Td>
      <Table.Td>
        {f.value === null ? (
          <Text span c="dimmed" size="sm">
            empty
          </Text>
        ) : (
          visible(f.value)
        )}
      </Table.Td>
      <Table.Td>{(f.normalised ?? []).map(visible).join(', ')}</Table.Td>
      <Table.Td>
        {(f.sent ?? []).map((s) => (
          <Group key={s} gap="fine" wrap="nowrap">
            <Code>
              {/^[0-9a-f]{64}$/.test(s) ? `${s.slice(0, 10)}…${s.slice(-6)}` : short(visible(s), 24)}
            </Code>
          </Group>
        ))}
        {(f.problems ?? []).map((p) => (
          <Badge key={p} color="orange">
            {p}
          </Badge>
        ))}
      </Table.Td>
    </Table.Tr>
  ));
}
