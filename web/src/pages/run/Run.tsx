import { Alert, Anchor, Badge, Button, Card, Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconPlayerStop, IconPlugConnectedX } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { runQuery, runsQuery } from '../../api/queries';
import type { Run as RunBody } from '../../api/schema.gen';
import { problemOf } from '../../api/client';
import { cancelRun } from '../../api/watch';
import { OutcomeBars } from '../../charts/OutcomeBars';
import { useAccess } from '../../components/access';
import { Ago } from '../../components/Ago';
import { count } from '../../components/numbers';
import { PageHeader } from '../../components/PageHeader';
import { Parts } from '../../components/Parts';
import { ProblemAlert, sentence } from '../../components/ProblemAlert';
import { StatusBadge } from '../../components/StatusBadge';
import { Warnings } from '../../components/Warnings';
import { Counts } from './Counts';
import { Facts } from './Facts';
import { Guard } from './Guard';
import { Live } from './Live';
import { Payload } from './Payload';
import { Phases } from './Phases';
import { nothing, stopped } from './advice';
import { active } from './progress';
import { Reasons } from './Reasons';
import { Records } from './Records';
import { Statements } from './Statements';
import { Stopped } from './Stopped';
import { useLiveRun } from './useLiveRun';
import { startedBy } from '../../components/startedBy';

const route = getRouteApi('/app/runs/$id');

export default function Run() {
  const { id } = route.useParams();
  const query = useLiveRun(id);
  if (query.data) return <Shown run={query.data} lost={query.error} />;
  return (
    <>
      <PageHeader title="Run" />
      <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      {query.isPending && (
        <Stack>
          <Skeleton h={120} />
          <Skeleton h={240} />
        </Stack>
      )}
    </>
  );
}

/** Lost says why what stands below may be old. That the server cannot be reached, the page's frame says. */
function Lost({ error }: { error: unknown }) {
  const { status, message } = problemOf(error);
  if (status === 0) return null;
  return (
    <Alert color="orange" role="status" icon={<IconPlugConnectedX aria-hidden />} title={sentence(message)}>
      <Text size="sm">What you see is what the server told last. It is asked again every few seconds.</Text>
    </Alert>
  );
}

function Shown({ run, lost }: { run: RunBody; lost: unknown }) {
  const { edit } = useAccess();
  const queries = useQueryClient();
  const { tab = 'summary' } = route.useSearch();
  const navigate = route.useNavigate();
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.run_id),
    onSuccess: (body) => queries.setQueryData(runQuery(run.run_id).queryKey, body),
  });
  const ask = () =>
    modals.openConfirmModal({
      title: 'Cancel this run',
      children: (
        <Text size="sm">
          No new requests are sent. Those on their way are waited for and put on record, so the run ends a
          little later. What X took until then stays; the next run takes up the rest.
        </Text>
      ),
      labels: { confirm: 'Cancel the run', cancel: 'Let it go on' },
      confirmProps: { color: 'red' },
      onConfirm: () => cancel.mutate(),
    });
  const going = active(run.status);
  const why = stopped(run);
  const left = run.counts.rejected + run.counts.failed + run.counts.invalid;
  return (
    <>
      <PageHeader
        title={`Run of ${run.connection}`}
        crumbs={[
          <Anchor key="all" inherit renderRoot={(props) => <Link to="/connections" {...props} />}>
            Connections
          </Anchor>,
          <Anchor
            key="one"
            inherit
            renderRoot={(props) => (
              <Link to="/connections/$name" params={{ name: run.connection }} {...props} />
            )}
          >
            {run.connection}
          </Anchor>,
          <Text key="run" span inherit c="dimmed">
            {run.run_id}
          </Text>,
        ]}
        badge={
          <>
            <StatusBadge status={run.status} />
            {run.full && <Badge color="gray">Full sync</Badge>}
            {run.approve && <Badge color="gray">Approved</Badge>}
          </>
        }
        text={
          <>
            {startedBy(run)}, <Ago at={run.requested_at} />
            {run.audience_id ? `, into audience ${run.audience_id}` : ''}
          </>
        }
        actions={
          going &&
          edit && (
            <Button
              color="red"
              variant="light"
              leftSection={<IconPlayerStop size={16} aria-hidden />}
              loading={cancel.isPending}
              disabled={run.cancel_requested}
              onClick={ask}
            >
              {run.cancel_requested ? 'Being cancelled' : 'Cancel'}
            </Button>
          )
        }
      />
      <Stack>
        <ProblemAlert error={cancel.error} />
        <Facts run={run} />
        {why && <Stopped run={run} error={why} />}
        {run.status === 'needs_approval' && <Guard run={run} />}
        {lost ? <Lost error={lost} /> : null}
        {going && <Live run={run} />}
        {run.status !== 'skipped' && (
          <Tabs
            value={tab}
            onChange={(v) =>
              void navigate({
                search: (old) => ({ ...old, tab: v === 'summary' ? undefined : (v ?? undefined) }),
              })
            }
            keepMounted={false}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="summary">Summary</Tabs.Tab>
              <Tabs.Tab
                value="records"
                rightSection={left > 0 ? <Badge color="orange">{count(left)}</Badge> : null}
              >
                Records
              </Tabs.Tab>
              <Tabs.Tab value="payload">What X gets</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="summary">
              <Summary run={run} />
            </Tabs.Panel>
            <Tabs.Panel value="records">
              <Records run={run} />
            </Tabs.Panel>
            <Tabs.Panel value="payload">
              <Payload connection={run.connection} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Stack>
    </>
  );
}

function Summary({ run }: { run: RunBody }) {
  const recent = useInfiniteQuery(runsQuery({ connection: run.connection }));
  return (
    <Stack>
      {!active(run.status) && !(stopped(run) && nothing(run)) && <Counts run={run} />}
      {run.parts && <Parts parts={run.parts} />}
      <Warnings warnings={run.warnings} />
      <Reasons run={run} />
      <Phases run={run} />
      {!active(run.status) && run.started_at && <Statements run={run} />}
      <Card component="section" aria-labelledby="recent">
        <Title order={2} fz="h4" id="recent" mb="sm">
          Recent runs of this connection
        </Title>
        {recent.isPending ? <Skeleton h={220} /> : <OutcomeBars runs={recent.data?.pages[0]?.items ?? []} />}
        <ProblemAlert error={recent.error} />
      </Card>
    </Stack>
  );
}
