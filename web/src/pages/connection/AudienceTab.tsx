import { Button, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { runsQuery } from '../../api/queries';
import type { ConnectionSpec } from '../../api/schema.gen';
import { daysQuery, partsQuery, planQuery, sizesQuery } from '../../api/watch';
import { below } from '../../charts/changes';
import { SizeLine } from '../../charts/SizeLine';
import { UpDown } from '../../charts/UpDown';
import { count } from '../../components/numbers';
import { Parts } from '../../components/Parts';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Quality } from '../../components/Quality';
import { day } from '../../components/times';
import { audienceID, heldText } from './audience';
import { AudienceState } from './AudienceState';
import { AudienceUseCard } from './AudienceUseCard';
import { audienceName } from './spec';

/** AudienceTab shows the audience as X reports it, and what was sent to it. */
export function AudienceTab({ name, spec }: { name: string; spec: ConnectionSpec }) {
  const sizes = useQuery({ ...sizesQuery(name), refetchInterval: 10_000 });
  const sums = useQuery(daysQuery(name));
  const plan = useQuery(planQuery(name, false));
  const runs = useInfiniteQuery({ ...runsQuery({ connection: name }), refetchInterval: 10_000 });
  const newest = runs.data?.pages[0]?.items ?? [];
  const id = audienceID(spec, sizes.data?.[0], newest);
  return (
    <Stack>
      <ProblemAlert error={sizes.error} retry={() => void sizes.refetch()} />
      {spec.split_by ? (
        <SeveralAudiences name={name} />
      ) : (
        <AudienceState
          name={name}
          title={audienceName(spec)}
          id={id}
          newest={sizes.data?.[0]}
          held={plan.data ? count(plan.data.held) : heldText(newest, spec.sync_mode)}
          pending={sizes.isPending || runs.isPending}
        />
      )}
      {!spec.split_by && (
        <Card component="section" aria-labelledby="over-time">
          <Title order={2} fz="h4" id="over-time">
            Size over time
          </Title>
          <Text size="sm" c="dimmed" mb="sm">
            People whom X has matched. It follows a run after 6 to 8 hours, and is smaller than what was sent:
            X matches whom it knows.
          </Text>
          {sizes.isPending && <Skeleton h={220} />}
          {sizes.data && <SizeLine sizes={sizes.data} />}
        </Card>
      )}
      {id && <AudienceUseCard destination={spec.destination} id={id} />}
      <Card component="section" aria-labelledby="sent">
        <Title order={2} fz="h4" id="sent" mb="sm">
          Sent and removed a day
        </Title>
        {!sums.data ? (
          <Skeleton h={220} />
        ) : (
          <UpDown
            label={`Records added or changed and records removed on each of the last ${sums.data.length} days.`}
            data={sums.data.map((s) => ({
              at: day(s.day),
              added: s.inserted + s.updated,
              removed: below(s.removed),
            }))}
          />
        )}
        <ProblemAlert error={sums.error} />
      </Card>
      <Card component="section" aria-labelledby="hints">
        <Title order={2} fz="h4" id="hints" mb="xs">
          Match hints
        </Title>
        {plan.data ? (
          <Quality fields={plan.data.fields ?? []} rows={plan.data.counts.rows} />
        ) : (
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed">
              A plan tells how well each field is filled, and which values X could never match.
            </Text>
            <Button
              variant="default"
              renderRoot={(props) => (
                <Link to="/connections/$name" params={{ name }} search={{ tab: 'plan' }} {...props} />
              )}
            >
              Make a plan
            </Button>
          </Group>
        )}
      </Card>
    </Stack>
  );
}

/** SeveralAudiences lists the audiences of a connection that keeps one for each value of a column. */
function SeveralAudiences({ name }: { name: string }) {
  const parts = useQuery({ ...partsQuery(name), refetchInterval: 10_000 });
  if (parts.error) return <ProblemAlert error={parts.error} retry={() => void parts.refetch()} />;
  if (!parts.data) return <Skeleton h={220} />;
  if (parts.data.length === 0)
    return (
      <Card>
        <Text size="sm" c="dimmed">
          The first run makes an audience for each value of the column.
        </Text>
      </Card>
    );
  return <Parts parts={parts.data} sizes />;
}
