import { Badge, Group, Table, Text } from '@mantine/core';

import type { OptOut } from '../../api/schema.gen';
import { Ago } from '../../components/Ago';
import { ObjectLink } from '../../components/ObjectLink';
import { SectionHead } from './SectionHead';

/** OptOutTable shows how old the oldest opt-out is that a connection has not carried out. */
export function OptOutTable({ connections }: { connections: OptOut[] }) {
  return (
    <section aria-label="Opt-outs by connection">
      <SectionHead
        title="Opt-outs by connection"
        text="An opt-out is to be carried out within 24 hours: by the next run that ends well, or that the guard holds."
      />
      <Table.ScrollContainer minWidth={560}>
        <Table className="stacked" aria-label="Opt-outs by connection">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Connection</Table.Th>
              <Table.Th>Oldest one that waits</Table.Th>
              <Table.Th>Lists last carried out</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {connections.map((c) => (
              <Table.Tr key={c.connection}>
                <Table.Td>
                  <ObjectLink kind="connection" name={c.connection} />
                </Table.Td>
                <Table.Td data-label="Oldest one that waits">
                  <Oldest of={c} />
                </Table.Td>
                <Table.Td data-label="Lists last carried out">
                  <Ago at={c.carried_out_at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

/** Oldest is since when somebody waits, or may: who is added to a table, nobody tells. */
function Oldest({ of }: { of: OptOut }) {
  if (!of.waiting_since && !of.may_wait_since) return <Text size="sm">none</Text>;
  const may = !of.waiting_since || (of.may_wait_since && of.may_wait_since < of.waiting_since);
  return (
    <Group gap="xs">
      <Text size="sm" c={of.late ? 'red' : undefined} fw={of.late ? 600 : undefined}>
        {may ? 'perhaps from ' : ''}
        <Ago at={may ? of.may_wait_since : of.waiting_since} />
      </Text>
      {of.late && <Badge color="red">over 24 hours</Badge>}
    </Group>
  );
}
