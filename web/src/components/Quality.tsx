import { Badge, Group, Progress, Stack, Table, Text } from '@mantine/core';

import type { FieldQuality } from '../api/schema.gen';
import { count, percent } from './numbers';

/** Quality shows how well the model fills each field that matches people. */
export function Quality({ fields, rows }: { fields: FieldQuality[]; rows: number }) {
  const share = (n: number) => (rows > 0 ? (100 * n) / rows : 0);
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Rows with a usable value</Table.Th>
            <Table.Th ta="right">Filled</Table.Th>
            <Table.Th ta="right">Shared</Table.Th>
            <Table.Th>Values that are dropped</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((f) => (
            <Table.Tr key={f.field}>
              <Table.Th scope="row" fw={500}>
                {f.field}
              </Table.Th>
              <Table.Td>
                <Stack gap="hair">
                  <Text size="sm">
                    {count(f.valid)} of {count(rows)} ({percent(f.valid, rows)})
                  </Text>
                  <Progress.Root size="sm">
                    <Progress.Section value={share(f.valid)} aria-label={`${f.field}: usable`} />
                    <Progress.Section
                      value={share(f.filled - f.valid)}
                      color="orange"
                      aria-label={`${f.field}: filled and not usable`}
                    />
                  </Progress.Root>
                </Stack>
              </Table.Td>
              <Table.Td ta="right">{count(f.filled)}</Table.Td>
              <Table.Td ta="right">{f.shared === null ? 'fewer than 5' : count(f.shared)}</Table.Td>
              <Table.Td>
                {(f.invalid ?? []).length === 0 ? (
                  <Text size="sm" c="dimmed">
                    none
                  </Text>
                ) : (
                  <Stack gap="fine">
                    {(f.invalid ?? []).map((e) => (
                      <Group key={e.reason} gap="xs" wrap="nowrap">
                        <Badge color="orange">{count(e.count)}</Badge>
                        <Text size="sm">{e.reason}</Text>
                      </Group>
                    ))}
                  </Stack>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
