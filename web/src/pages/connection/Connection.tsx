import { Alert, Anchor, Badge, Card, SimpleGrid, Skeleton, Stack, Tabs } from '@mantine/core';
import { IconCircleX, IconHandStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { connectionQuery, healthQuery } from '../../api/queries';
import { Ago } from '../../components/Ago';
import { Figure } from '../../components/Figure';
import { plural } from '../../components/numbers';
import { PageHeader } from '../../components/PageHeader';
import { ProblemAlert } from '../../components/ProblemAlert';
import { StatusBadge } from '../../components/StatusBadge';
import { stepIDs } from '../connect/steps';
import { Actions } from './Actions';
import { AudienceTab } from './AudienceTab';
import { HistoryTab } from './HistoryTab';
import { PlanTab } from './PlanTab';
import { RunsTab } from './RunsTab';
import { SetupTab } from './setup/SetupTab';
import { audienceName, scheduleWords, startedAfter } from './spec';

const route = getRouteApi('/app/connections/$name');

const tabs = [
  { value: 'runs', label: 'Runs' },
  { value: 'audience', label: 'Audience' },
  { value: 'plan', label: 'Plan' },
  { value: 'setup', label: 'Set-up' },
  { value: 'history', label: 'History' },
];

export default function Connection() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery({ ...connectionQuery(name), refetchInterval: 30_000 });
  const health = useQuery({ ...healthQuery, refetchInterval: 5_000 });
  const crumbs = [
    <Anchor key="all" inherit renderRoot={(props) => <Link to="/connections" {...props} />}>
      Connections
    </Anchor>,
  ];
  if (!query.data)
    return (
      <>
        <PageHeader title={name} crumbs={crumbs} />
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        {query.isPending && <Skeleton h={320} />}
      </>
    );
  const connection = query.data;
  const spec = connection.spec;
  const state = health.data?.connections.find((c) => c.connection === name);
  const tab = tabs.some((t) => t.value === search.tab) ? search.tab : 'runs';
  const size = state?.size?.size;
  const waiting = state?.last_run?.status === 'needs_approval' ? state.last_run : null;
  return (
    <>
      <PageHeader
        title={name}
        crumbs={crumbs}
        badge={
          <>
            {state?.active ? (
              <StatusBadge status={state.active.status} />
            ) : (
              state && <StatusBadge status={state.state} />
            )}
            {connection.paused && state?.active && <Badge color="gray">Paused</Badge>}
          </>
        }
        text={`${spec.table ?? 'A query'} of ${spec.source} into the audience ${audienceName(spec)} of ${spec.destination}. ${scheduleWords(spec)}.`}
        actions={<Actions connection={connection} id={state?.audience_id ?? ''} active={state?.active} />}
      />
      <Stack>
        {state?.unusable && (
          <Alert color="red" icon={<IconCircleX aria-hidden />} title="It cannot run as it is configured">
            {state.unusable}
          </Alert>
        )}
        {waiting && !state?.active && (
          <Alert color="grape" icon={<IconHandStop aria-hidden />} title="The last run waits for a person">
            <Anchor
              size="sm"
              renderRoot={(props) => <Link to="/runs/$id" params={{ id: waiting.run_id }} {...props} />}
            >
              See what it would do, and decide
            </Anchor>
          </Alert>
        )}
        <Card>
          <SimpleGrid cols={{ base: 2, sm: 4 }}>
            <Figure label="Last run" value={<Ago at={state?.last_run?.requested_at} />} />
            <Figure label="Last success" value={<Ago at={state?.last_success} />} />
            <Figure
              label="Next run"
              value={
                connection.paused ? (
                  'paused'
                ) : (
                  <Ago at={connection.next_runs?.[0]} never={startedAfter(spec) || 'when started'} />
                )
              }
            />
            <Figure
              label="Audience"
              value={
                'split_by' in spec
                  ? 'several'
                  : size !== undefined && size !== null
                    ? plural(size, 'person', 'people')
                    : 'not known yet'
              }
            />
          </SimpleGrid>
        </Card>
        <Tabs
          value={tab}
          onChange={(v) => void navigate({ search: { tab: v === 'runs' ? undefined : (v ?? undefined) } })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            {tabs.map((t) => (
              <Tabs.Tab key={t.value} value={t.value}>
                {t.label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="runs">
            <RunsTab name={name} />
          </Tabs.Panel>
          <Tabs.Panel value="audience">
            <AudienceTab name={name} spec={spec} />
          </Tabs.Panel>
          <Tabs.Panel value="plan">
            <PlanTab name={name} />
          </Tabs.Panel>
          <Tabs.Panel value="setup">
            <SetupTab
              connection={connection}
              open={stepIDs.find((id) => id === search.edit)}
              go={(card) => void navigate({ search: { tab: 'setup', edit: card } })}
            />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <HistoryTab name={name} />
          </Tabs.Panel>
        </Tabs>
        {(state?.open_alerts ?? 0) > 0 && (
          <Alert color="orange">{plural(state?.open_alerts ?? 0, 'open alert')} about this connection.</Alert>
        )}
      </Stack>
    </>
  );
}
