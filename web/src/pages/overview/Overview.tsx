import { Button, Card, Skeleton, Stack, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import { connectionsQuery, destinationsQuery, healthQuery, runsQuery, sourcesQuery } from '../../api/queries';
import { daysQuery } from '../../api/watch';
import { useAccess } from '../../components/access';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { RunsTable } from '../../components/RunsTable';
import { Activity } from './Activity';
import { attention } from './attention';
import { HealthCards } from './HealthCards';
import { Needs } from './Needs';
import { Teach } from './Teach';

const newest = 8;

export default function Overview() {
  const { edit } = useAccess();
  const connections = useQuery({ ...connectionsQuery, refetchInterval: 60_000 });
  const empty = connections.data?.length === 0;
  const error = connections.error;
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          edit &&
          connections.data &&
          !empty && (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              renderRoot={(props) => <Link to="/connect" {...props} />}
            >
              Connect
            </Button>
          )
        }
      />
      <ProblemAlert error={error} retry={() => void connections.refetch()} />
      {connections.isPending && <Skeleton h={320} />}
      {empty && <Beginning edit={edit} />}
      {connections.data && !empty && <State />}
    </>
  );
}

function Beginning({ edit }: { edit: boolean }) {
  const sources = useQuery(sourcesQuery);
  const destinations = useQuery(destinationsQuery);
  if (!sources.data || !destinations.data) return <Skeleton h={320} />;
  return <Teach sources={sources.data.length} destinations={destinations.data.length} edit={edit} />;
}

function State() {
  const connections = useQuery(connectionsQuery);
  const health = useQuery(healthQuery);
  const runs = useInfiniteQuery({ ...runsQuery({}, newest), refetchInterval: 10_000 });
  const sums = useQuery({ ...daysQuery(), refetchInterval: 60_000 });
  const needs = useMemo(
    () =>
      health.data && connections.data
        ? attention(health.data.connections, connections.data, health.dataUpdatedAt)
        : null,
    [health.data, health.dataUpdatedAt, connections.data],
  );
  return (
    <Stack>
      <ProblemAlert
        error={health.error ?? runs.error ?? sums.error}
        retry={() => void Promise.all([health.refetch(), runs.refetch(), sums.refetch()])}
      />
      {health.data ? <HealthCards summary={health.data.summary} /> : <Skeleton h={84} />}
      {needs ? <Needs list={needs} /> : <Skeleton h={120} />}
      <Card component="section" aria-labelledby="recent">
        <Title order={2} fz="h4" id="recent" mb="sm">
          Recent runs
        </Title>
        {runs.isPending ? (
          <Skeleton h={240} />
        ) : (
          <RunsTable runs={runs.data?.pages[0]?.items ?? []} none="Nothing has run yet." withConnection />
        )}
      </Card>
      <Activity days={sums.data ?? null} />
    </Stack>
  );
}
