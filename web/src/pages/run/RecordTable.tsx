import { Badge, Code, Table, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';

import type { Record } from '../../api/schema.gen';
import { exact } from '../../components/times';
import { visible } from '../../components/visible';

const looks: { [S in Record['status']]: { label: string; color: string } } = {
  delivered: { label: 'Delivered', color: 'green' },
  rejected: { label: 'Refused by X', color: 'orange' },
  failed: { label: 'Not delivered', color: 'red' },
  invalid: { label: 'Left out', color: 'grape' },
  held: { label: 'Would leave', color: 'gray' },
};

const rowHeight = 42;

/** RecordTable shows any number of records: only the rows in sight are drawn. */
export function RecordTable({ records, more }: { records: Record[]; more: () => void }) {
  const scroll = useRef<HTMLDivElement>(null);
  // React's compiler leaves this component alone; that is what is wanted here.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  const items = rows.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  const above = first?.start ?? 0;
  const below = last ? rows.getTotalSize() - last.end : 0;
  const atEnd = last !== undefined && last.index >= records.length - 1;
  useEffect(() => {
    if (atEnd) more();
  }, [atEnd, more]);
  return (
    <Table.ScrollContainer
      minWidth={760}
      maxHeight={520}
      scrollAreaProps={{
        viewportRef: scroll,
        viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Table of records' },
      }}
    >
      <Table verticalSpacing="xs" stickyHeader aria-rowcount={records.length} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={160}>Record</Table.Th>
            <Table.Th w={100}>Operation</Table.Th>
            <Table.Th w={130}>Outcome</Table.Th>
            <Table.Th>Reason</Table.Th>
            <Table.Th w={230}>Finished</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {above > 0 && <Space height={above} />}
          {items.map((item) => {
            const r = records[item.index];
            if (!r) return null;
            return <Row key={item.key} record={r} index={item.index} />;
          })}
          {below > 0 && <Space height={below} />}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Space stands for the rows that are not drawn. */
function Space({ height }: { height: number }) {
  return (
    <Table.Tr aria-hidden>
      <Table.Td colSpan={5} p={0} h={height} />
    </Table.Tr>
  );
}

/** Row is drawn once, however often the table is while it scrolls. */
const Row = memo(function Row({ record: r, index }: { record: Record; index: number }) {
  return (
    <Table.Tr aria-rowindex={index + 1} h={rowHeight}>
      <Table.Td>
        <Text component="div" size="sm" truncate title={visible(r.record_id)}>
          {r.record_id ? <Code>{visible(r.record_id)}</Code> : 'none'}
        </Text>
      </Table.Td>
      <Table.Td>{r.operation}</Table.Td>
      <Table.Td>
        <Badge color={looks[r.status].color}>{looks[r.status].label}</Badge>
      </Table.Td>
      <Table.Td>
        <Text size="sm" truncate title={r.reason}>
          {r.reason}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" truncate>
          {exact(r.finished_at)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
});
