import { Anchor, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { Run } from '../api/schema.gen';
import { startedBy } from './startedBy';
import { Ago } from './Ago';
import { count, duration } from './numbers';
import { StatusBadge } from './StatusBadge';

/** RunsTable lists runs, each a link to its page. */
export function RunsTable({
  runs,
  none,
  withConnection = false,
}: {
  runs: Run[];
  none: string;
  withConnection?: boolean;
}) {
  if (runs.length === 0)
    return (
      <Text c="dimmed" size="sm">
        {none}
      </Text>
    );
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Started</Table.Th>
            {withConnection && <Table.Th>Connection</Table.Th>}
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="sm">By</Table.Th>
            <Table.Th ta="right" visibleFrom="sm">
              Changes
            </Table.Th>
            <Table.Th ta="right">Delivered</Table.Th>
            <Table.Th ta="right">Left out</Table.Th>
            <Table.Th ta="right" visibleFrom="sm">
              Took
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((r) => (
            <Table.Tr key={r.run_id}>
              <Table.Td>
                <Anchor
                  size="sm"
                  fw={500}
                  renderRoot={(props) => <Link to="/runs/$id" params={{ id: r.run_id }} {...props} />}
                >
                  <Ago at={r.requested_at} />
                </Anchor>
              </Table.Td>
              {withConnection && (
                <Table.Td>
                  <Anchor
                    size="sm"
                    renderRoot={(props) => (
                      <Link to="/connections/$name" params={{ name: r.connection }} {...props} />
                    )}
                  >
                    {r.connection}
                  </Anchor>
                </Table.Td>
              )}
              <Table.Td>
                <StatusBadge status={r.status} />
              </Table.Td>
              <Table.Td visibleFrom="sm">
                <Text size="sm" truncate maw={160}>
                  {startedBy(r).replace(/^By /, '')}
                </Text>
              </Table.Td>
              <Table.Td ta="right" visibleFrom="sm">
                {count(changes(r))}
              </Table.Td>
              <Table.Td ta="right">{count(r.counts.delivered)}</Table.Td>
              <Table.Td ta="right">{count(r.counts.rejected + r.counts.failed + r.counts.invalid)}</Table.Td>
              <Table.Td ta="right" visibleFrom="sm">
                {seconds(r)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function changes({ counts: c }: Run): number {
  return c.insert + c.update + c.delete + c.renew + c.reassert;
}

function seconds(r: Run): string {
  if (!r.started_at || !r.finished_at) return '–';
  return duration((new Date(r.finished_at).getTime() - new Date(r.started_at).getTime()) / 1000);
}
