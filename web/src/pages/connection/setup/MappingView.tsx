import { Code, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { kindsQuery } from '../../../api/queries';
import type { ConnectionSpec } from '../../../api/schema.gen';
import { mapped } from '../spec';

/** MappingView says which column names a record, and what X recognises people by. */
export function MappingView({ spec }: { spec: ConnectionSpec }) {
  const kinds = useQuery(kindsQuery);
  const fields = new Map(
    (kinds.data?.destinations ?? []).flatMap((d) => d.fields).map((f) => [f.name, f] as const),
  );
  return (
    <Stack gap="sm">
      <Text>
        A row is known by its column <Code>{spec.identifier}</Code>.
      </Text>
      <Table.ScrollContainer minWidth={480}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field at X</Table.Th>
              <Table.Th>Filled from</Table.Th>
              <Table.Th>What it is</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {mapped(spec).map((m) => (
              <Table.Tr key={m.field}>
                <Table.Th scope="row" fw={500}>
                  {m.field}
                </Table.Th>
                <Table.Td>
                  {m.column !== null ? (
                    <>
                      column <Code>{m.column}</Code>
                    </>
                  ) : (
                    <>
                      always <Code>{m.constant}</Code>
                    </>
                  )}
                </Table.Td>
                <Table.Td>
                  <Text size="sm" c="dimmed">
                    {fields.get(m.field)?.help}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed">
        Values are normalised by X’s rules and hashed before they leave. A row with none of these filled
        cannot be matched, and is left out.
      </Text>
    </Stack>
  );
}
