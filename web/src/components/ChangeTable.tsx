import { Code, Table, Text } from '@mantine/core';

/** ChangeTable sets before and after beside each other. */
export function ChangeTable({
  rows,
  label,
}: {
  rows: { key: string; before: string; after: string }[];
  label: string;
}) {
  return (
    <Table.ScrollContainer minWidth={280}>
      <Table aria-label={label} verticalSpacing="fine" fz="sm" highlightOnHover={false} className="wrapped">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.key}>
              <Table.Td>{r.key}</Table.Td>
              <Table.Td>
                <Value text={r.before} />
              </Table.Td>
              <Table.Td>
                <Value text={r.after} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Value({ text }: { text: string }) {
  if (text === '')
    return (
      <Text span size="sm" c="dimmed">
        nothing
      </Text>
    );
  return <Code>{text}</Code>;
}
