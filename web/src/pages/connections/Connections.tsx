import { Button, Card, Group, Pagination, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconPlugConnected, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import { connectionsQuery, healthQuery } from '../../api/queries';
import { useAccess } from '../../components/access';
import { Empty } from '../../components/Empty';
import { plural } from '../../components/numbers';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { statusLabel } from '../../components/StatusBadge';
import { ConnectionTable } from './ConnectionTable';
import { rowsOf, states, view } from './rows';

const route = getRouteApi('/app/connections');

const pageSize = 25;

export default function Connections() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { edit } = useAccess();
  const connections = useQuery({ ...connectionsQuery, refetchInterval: 60_000 });
  const health = useQuery(healthQuery);
  const rows = useMemo(
    () => rowsOf(connections.data ?? [], health.data?.connections ?? []),
    [connections.data, health.data],
  );
  const { q, state, sort } = search;
  const shown = useMemo(() => view(rows, { q, state, sort }), [rows, q, state, sort]);
  const pages = Math.max(1, Math.ceil(shown.length / pageSize));
  const page = Math.min(pages, Math.max(1, Number(search.page) || 1));
  const set = (change: typeof search) =>
    void navigate({ search: (old) => ({ ...old, page: undefined, ...change }), replace: true });

  const add = edit && (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      renderRoot={(props) => <Link to="/connect" {...props} />}
    >
      Connect
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Connections"
        text="Each mirrors a table or a query of a source into one X audience."
        actions={rows.length > 0 && add}
      />
      <Stack>
        <ProblemAlert
          error={connections.error ?? health.error}
          retry={() => void Promise.all([connections.refetch(), health.refetch()])}
        />
        {connections.isPending && <Skeleton h={320} />}
        {connections.data && rows.length === 0 && (
          <Empty icon={IconPlugConnected} title="No connection yet" action={add}>
            A connection takes the rows of a table, or of a query you write, and keeps an X audience exactly
            equal to them: new people are added, changed ones follow, and those who left are removed.
            {!edit && ' An editor or administrator can make one.'}
          </Empty>
        )}
        {rows.length > 0 && (
          <Card>
            <Group gap="sm" mb="sm">
              <TextInput
                aria-label="Search connections"
                placeholder="Search by name, source or audience"
                leftSection={<IconSearch size={16} aria-hidden />}
                value={q ?? ''}
                onChange={(e) => set({ q: e.currentTarget.value || undefined })}
                w={{ base: '100%', sm: 320 }}
              />
              <Select
                aria-label="State"
                placeholder="Any state"
                clearable
                data={[...states, 'running'].map((s) => ({ value: s, label: statusLabel(s) }))}
                value={state ?? null}
                onChange={(v) => set({ state: v ?? undefined })}
              />
              <Text size="sm" c="dimmed" role="status">
                {shown.length === rows.length
                  ? plural(rows.length, 'connection')
                  : `${shown.length} of ${plural(rows.length, 'connection')}`}
              </Text>
            </Group>
            {shown.length === 0 ? (
              <Group>
                <Text c="dimmed">No connection is like that.</Text>
                <Button variant="default" size="xs" onClick={() => set({ q: undefined, state: undefined })}>
                  Show all
                </Button>
              </Group>
            ) : (
              <ConnectionTable
                rows={shown.slice((page - 1) * pageSize, page * pageSize)}
                sort={sort}
                onSort={(v) => set({ sort: v === 'name' ? undefined : v })}
              />
            )}
            {pages > 1 && (
              <Group justify="center" mt="md">
                <Pagination
                  total={pages}
                  value={page}
                  onChange={(n) => set({ page: n === 1 ? undefined : String(n) })}
                  getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                  getItemProps={(n) => ({ 'aria-label': `Page ${n}` })}
                />
              </Group>
            )}
          </Card>
        )}
      </Stack>
    </>
  );
}
