import { Button, Card, Group, Loader, Select, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';

import type { Run } from '../../api/schema.gen';
import { connectionQuery } from '../../api/queries';
import { recordsQuery, type Outcome } from '../../api/watch';
import { count, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { active } from './progress';
import { RecordTable } from './RecordTable';

const route = getRouteApi('/app/runs/$id');

const outcomes = [
  { value: 'undelivered', label: 'All that were not delivered' },
  { value: 'rejected', label: 'Refused by X' },
  { value: 'failed', label: 'Not delivered' },
  { value: 'invalid', label: 'Left out as invalid' },
  { value: 'held', label: 'Would leave' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'all', label: 'All' },
];

/** enough is how many records with a reason are looked for before a person is asked to go on. */
const enough = 100;

/** Records lists what became of the records of a run. */
export function Records({ run }: { run: Run }) {
  const { status = 'undelivered', reason = '', record = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(record);
  const [settled] = useDebouncedValue(typed.trim(), 400);
  useEffect(() => {
    void navigate({ search: (old) => ({ ...old, record: settled || undefined }), replace: true });
  }, [settled, navigate]);
  const outcome = (status === 'undelivered' ? '' : status) as Outcome;
  const query = useInfiniteQuery({
    ...recordsQuery(run.run_id, outcome, record),
    enabled: !active(run.status),
  });
  const loaded = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const shown = useMemo(
    () => (reason ? loaded.filter((r) => r.reason === reason) : loaded),
    [loaded, reason],
  );
  const reasons = useMemo(() => {
    const all = new Set(run.errors.map((e) => e.reason));
    for (const r of loaded) if (r.reason) all.add(r.reason);
    return [...all];
  }, [run.errors, loaded]);
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  // The server does not filter by reason: pages are read on until there is something to show.
  const searching = reason !== '' && shown.length < enough && hasNextPage && !isError;
  useEffect(() => {
    if (searching && !isFetching) void fetchNextPage();
  }, [searching, isFetching, fetchNextPage]);

  const set = (change: { status?: string; reason?: string }) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const csv = new URLSearchParams();
  if (outcome) csv.set('status', outcome);
  if (record) csv.set('record', record);

  if (active(run.status))
    return <Text c="dimmed">What became of each record is written when the run ends.</Text>;
  return (
    <Card component="section" aria-labelledby="records">
      <Stack>
        <Group justify="space-between" gap="xs">
          <Title order={2} fz="h4" id="records">
            Records
          </Title>
          <Button
            component="a"
            href={`/api/v1/runs/${encodeURIComponent(run.run_id)}/records.csv?${csv.toString()}`}
            download
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download as CSV
          </Button>
        </Group>
        <Group align="flex-end" gap="sm">
          <Select
            label="Outcome"
            data={outcomes}
            value={status}
            w={{ base: '100%', sm: 250 }}
            allowDeselect={false}
            onChange={(v) => set({ status: v === 'undelivered' || !v ? undefined : v })}
          />
          <Select
            label="Reason"
            placeholder="Any"
            data={reasons}
            value={reason || null}
            clearable
            searchable
            w={{ base: '100%', sm: 320 }}
            comboboxProps={{ width: 480, position: 'bottom-start' }}
            onChange={(v) => set({ reason: v ?? undefined })}
          />
          <TextInput
            label="Record"
            placeholder="Its whole id"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
          />
        </Group>
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        {query.isPending && <Skeleton h={300} />}
        {query.data && shown.length === 0 && !searching && (
          <Nothing run={run} filtered={!!record || !!reason || status !== 'undelivered'} />
        )}
        {shown.length > 0 && (
          <RecordTable
            records={shown}
            more={() => {
              if (hasNextPage && !isFetching && !isError) void fetchNextPage();
            }}
          />
        )}
        {query.data && (
          <Group justify="space-between" gap="xs">
            <Text size="sm" c="dimmed" aria-live="polite">
              {reason
                ? `${count(shown.length)} with this reason among ${plural(loaded.length, 'record')} read`
                : `${plural(loaded.length, 'record')} read`}
              {hasNextPage ? '; there are more' : ''}
            </Text>
            {isFetching && <Loader size="sm" aria-label="Loading" />}
            {hasNextPage && !isFetching && (
              <Button variant="default" size="xs" onClick={() => void fetchNextPage()}>
                Load more
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </Card>
  );
}

function Nothing({ run, filtered }: { run: Run; filtered: boolean }) {
  const connection = useQuery(connectionQuery(run.connection));
  const logs = connection.data ? (connection.data.spec.settings?.retain_sync_logs ?? true) : true;
  if (!logs) return <Text c="dimmed">This connection writes no sync log. Turn it on in its settings.</Text>;
  if (filtered) return <Text c="dimmed">No record of this run is like that.</Text>;
  return <Text c="dimmed">Nothing was left out: there is no record that was not delivered.</Text>;
}
