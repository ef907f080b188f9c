import { Badge, Card, Stack, Table, Text, Title } from '@mantine/core';

import type { Part, PartRun } from '../api/schema.gen';
import { count } from './numbers';
import { StatusBadge } from './StatusBadge';
import { visible } from './visible';

type Row = PartRun & Pick<Part, 'size'>;

/** Parts lists the audiences of a connection that keeps one for each value of a column. */
export function Parts({ parts, sizes }: { parts: readonly Row[]; sizes?: boolean }) {
  return (
    <Card component="section" aria-labelledby="parts">
      <Title order={2} fz="h4" id="parts" mb="xs">
        {parts.length === 1 ? 'One audience' : `${count(parts.length)} audiences`}
      </Title>
      <Table.ScrollContainer minWidth={860}>
        <Table className="stacked" verticalSpacing="fine" aria-labelledby="parts">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Value</Table.Th>
              <Table.Th>Audience</Table.Th>
              {sizes && <Table.Th ta="right">Size at X</Table.Th>}
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th ta="right">Added</Table.Th>
              <Table.Th ta="right">Changed</Table.Th>
              <Table.Th ta="right">Removed</Table.Th>
              <Table.Th>Status</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {parts.map((p) => (
              <PartRow key={p.value} part={p} sizes={sizes ?? false} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function PartRow({ part, sizes }: { part: Row; sizes: boolean }) {
  const c = part.counts;
  return (
    <Table.Tr>
      <Table.Td fw={600} className="wrapped">
        {visible(part.value)} {part.new && <Badge color="blue">New</Badge>}
        {part.gone && <Badge color="orange">No row has it</Badge>}
      </Table.Td>
      <Table.Td data-label="Audience" className="wrapped">
        {visible(part.audience)}
        <Text size="xs" c="dimmed">
          {part.audience_id || 'not made yet'}
        </Text>
      </Table.Td>
      {sizes && (
        <Table.Td data-label="Size at X" ta="right">
          {sizeText(part)}
          {part.size && !part.size.targetable && (
            <Text size="xs" c="dimmed">
              not targetable
            </Text>
          )}
        </Table.Td>
      )}
      <Table.Td data-label="Rows" ta="right">
        {count(c.rows)}
      </Table.Td>
      <Table.Td data-label="Added" ta="right">
        {count(c.insert)}
      </Table.Td>
      <Table.Td data-label="Changed" ta="right">
        {count(c.update)}
      </Table.Td>
      <Table.Td data-label="Removed" ta="right">
        {count(c.delete)}
      </Table.Td>
      <Table.Td data-label="Status">
        <Stack gap="fine" align="flex-start">
          <StatusBadge status={part.status} />
          {part.reason && (
            <Text size="xs" c="dimmed" className="wrapped">
              {visible(part.reason)}
            </Text>
          )}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}

function sizeText(part: Row): string {
  if (!part.size) return 'not read yet';
  const n = part.size.size;
  return n === null || n === undefined ? 'not told yet' : count(n);
}
