import { Card, Grid, NavLink, ScrollArea, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { columnsQuery, tablesQuery } from '../../api/admin';
import { ProblemAlert } from '../../components/ProblemAlert';
import { TableIcon, TableKind } from '../../components/TableKind';
import { Waiting } from '../../components/Waiting';
import { seenText } from '../../components/seen';
import { visible } from '../../components/visible';

const route = getRouteApi('/app/sources/$name');

/** most is how many tables are listed at once; the search finds the others. */
const most = 200;

/**
 * TableBrowser shows the tables of a source, and the columns of one with a few values. Those of
 * schema are left out.
 */
export function TableBrowser({ source, schema }: { source: string; schema: string }) {
  const { q = '', table } = route.useSearch();
  const navigate = route.useNavigate();
  const [asked] = useDebouncedValue(q, 250);
  const tables = useQuery({ ...tablesQuery(source, asked, most), placeholderData: keepPreviousData });
  // Eddy's own tables are no models.
  const found = (tables.data?.items ?? []).filter((t) => !t.name.startsWith(`${schema}.`));
  return (
    <Card>
      <Title order={2} fz="h4" mb="sm">
        Tables and views
      </Title>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, sm: 4 }}>
          <Stack gap="xs">
            <TextInput
              label="Search"
              type="search"
              leftSection={<IconSearch size={16} aria-hidden />}
              value={q}
              onChange={(e) => {
                const text = e.currentTarget.value;
                void navigate({ search: (s) => ({ ...s, q: text || undefined }), replace: true });
              }}
            />
            <ProblemAlert error={tables.error} retry={() => void tables.refetch()} />
            {tables.isPending && <Waiting lines={5} height={30} />}
            {tables.data && found.length === 0 && (
              <Text size="sm" c="dimmed">
                {q
                  ? 'No table has this in its name.'
                  : 'This source lists no tables. A model over files names them itself, such as people.csv.'}
              </Text>
            )}
            <ScrollArea.Autosize mah={420}>
              <nav aria-label="Tables and views">
                {found.map(({ name: t, kind }) => (
                  <NavLink
                    key={t}
                    renderRoot={(props) => (
                      <Link
                        from="/sources/$name"
                        to="."
                        search={(s) => ({ ...s, table: t })}
                        replace
                        resetScroll={false}
                        {...props}
                      />
                    )}
                    label={visible(t)}
                    active={t === table}
                    aria-current={t === table ? 'true' : undefined}
                    leftSection={<TableIcon kind={kind} />}
                    rightSection={<TableKind kind={kind} />}
                    className="wrapped"
                  />
                ))}
              </nav>
            </ScrollArea.Autosize>
            {tables.data?.next_cursor && (
              <Text size="sm" c="dimmed">
                These are the first {most}. Search for others.
              </Text>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 8 }}>
          {table ? (
            <ColumnTable source={source} table={table} />
          ) : (
            <Text size="sm" c="dimmed">
              Choose a table to see its columns.
            </Text>
          )}
        </Grid.Col>
      </Grid>
    </Card>
  );
}

function ColumnTable({ source, table }: { source: string; table: string }) {
  const columns = useQuery(columnsQuery(source, table));
  return (
    <Stack gap="xs">
      <Title order={3} fz="h5" className="wrapped">
        {visible(table)}
      </Title>
      <ProblemAlert error={columns.error} retry={() => void columns.refetch()} />
      {columns.isPending && <Waiting lines={6} height={30} />}
      {columns.data && (
        <>
          {columns.data.masked && (
            <Text size="sm" c="dimmed">
              Values are not shown: you are told what those of a column have in common. An administrator can
              let you see them.
            </Text>
          )}
          <Table.ScrollContainer minWidth={460}>
            <Table aria-label={`Columns of ${visible(table)}`} verticalSpacing="snug">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Column</Table.Th>
                  <Table.Th>Type</Table.Th>
                  <Table.Th>Values, such as</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {columns.data.columns.map((c) => (
                  <Table.Tr key={c.name}>
                    <Table.Td fw={600}>{visible(c.name)}</Table.Td>
                    <Table.Td>{c.type}</Table.Td>
                    <Table.Td>
                      <Text size="sm" c="dimmed" className="wrapped">
                        {columns.data.masked
                          ? seenText(c.seen)
                          : c.samples.map(visible).join(', ') || 'only NULL'}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
    </Stack>
  );
}
