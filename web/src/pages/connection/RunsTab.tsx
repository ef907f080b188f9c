import { Button, Card, Group, Select, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { runsQuery } from '../../api/queries';
import type { Run } from '../../api/schema.gen';
import { sizesQuery } from '../../api/watch';
import { changesLabel, changesOf } from '../../charts/changes';
import { OutcomeBars } from '../../charts/OutcomeBars';
import { SizeLine } from '../../charts/SizeLine';
import { UpDown } from '../../charts/UpDown';
import { Empty } from '../../components/Empty';
import { ProblemAlert } from '../../components/ProblemAlert';
import { RunsTable } from '../../components/RunsTable';
import { statusLabel } from '../../components/StatusBadge';

const route = getRouteApi('/app/connections/$name');

const statuses: Run['status'][] = [
  'succeeded',
  'completed_with_errors',
  'needs_approval',
  'failed',
  'cancelled',
  'skipped',
];

/** RunsTab lists a connection's runs, newest first. */
export function RunsTab({ name }: { name: string }) {
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const wanted = statuses.find((s) => s === status);
  const recent = useInfiniteQuery({ ...runsQuery({ connection: name }), refetchInterval: 5_000 });
  const query = useInfiniteQuery({
    ...runsQuery({ connection: name, status: wanted }),
    refetchInterval: 5_000,
  });
  const newest = recent.data?.pages[0]?.items ?? [];
  const runs = query.data?.pages.flatMap((p) => p.items) ?? [];
  if (recent.data && newest.length === 0)
    return (
      <Empty icon={IconPlayerPlay} title="This connection has not run yet">
        Run it now, or wait for its schedule. The first run sends every row of the model; later ones send only
        what changed. To see beforehand what it would do, open the tab Plan.
      </Empty>
    );
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Changes runs={newest} pending={recent.isPending} />
        <SizeBeside name={name} />
      </SimpleGrid>
      <Card component="section" aria-labelledby="chart">
        <Title order={2} fz="h4" id="chart" mb="sm">
          Records of the recent runs
        </Title>
        {recent.isPending ? <Skeleton h={220} /> : <OutcomeBars runs={newest} />}
      </Card>
      <Card component="section" aria-labelledby="runs">
        <Group justify="space-between" mb="sm" gap="xs">
          <Title order={2} fz="h4" id="runs">
            Runs
          </Title>
          <Select
            aria-label="Show runs that"
            placeholder="All runs"
            clearable
            data={statuses.map((s) => ({ value: s, label: statusLabel(s) }))}
            value={wanted ?? null}
            onChange={(v) => void navigate({ search: (old) => ({ ...old, status: v ?? undefined }) })}
          />
        </Group>
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        {query.isPending && <Skeleton h={200} />}
        {query.data && <RunsTable runs={runs} none="No run ended so." />}
        {query.hasNextPage && (
          <Group justify="center" mt="sm">
            <Button
              variant="default"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              Load more
            </Button>
          </Group>
        )}
      </Card>
    </Stack>
  );
}

/** Changes shows what each run added above a line and what it removed below it. */
function Changes({ runs, pending }: { runs: Run[]; pending: boolean }) {
  const changes = changesOf(runs);
  return (
    <Card component="section" aria-labelledby="changes">
      <Title order={2} fz="h4" id="changes" mb="sm">
        Added and removed by run
      </Title>
      {pending && <Skeleton h={220} />}
      {changes.length > 0 && <UpDown label={changesLabel(changes)} data={changes} />}
      {!pending && changes.length === 0 && (
        <Text size="sm" c="dimmed">
          No run has sent anything yet.
        </Text>
      )}
    </Card>
  );
}

/** SizeBeside shows how large the audience is at X, which follows the runs by hours. */
function SizeBeside({ name }: { name: string }) {
  const sizes = useQuery(sizesQuery(name));
  return (
    <Card component="section" aria-labelledby="size-beside">
      <Title order={2} fz="h4" id="size-beside" mb="sm">
        Size at X
      </Title>
      {sizes.isPending && <Skeleton h={220} />}
      <ProblemAlert error={sizes.error} />
      {sizes.data && <SizeLine sizes={sizes.data} />}
    </Card>
  );
}
