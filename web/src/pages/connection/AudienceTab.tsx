import { Alert, Button, Card, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconClock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { daysQuery, planQuery, sizesQuery } from '../../api/watch';
import { Bars, Lines } from '../../charts/Chart';
import { Ago } from '../../components/Ago';
import { Figure } from '../../components/Figure';
import { count, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Quality } from '../../components/Quality';
import { day, time } from '../../components/times';
import { verdict, type Verdict } from './audience';
import type { ConnectionSpec } from '../../api/schema.gen';
import { audienceName } from './spec';

const signs: Record<Verdict['state'], { color: string; icon: typeof IconClock }> = {
  targetable: { color: 'green', icon: IconCircleCheck },
  processing: { color: 'blue', icon: IconClock },
  small: { color: 'orange', icon: IconAlertTriangle },
  unknown: { color: 'gray', icon: IconClock },
};

/** AudienceTab shows the audience as X reports it, and what was sent to it. */
export function AudienceTab({ name, spec }: { name: string; spec: ConnectionSpec }) {
  const sizes = useQuery(sizesQuery(name));
  const sums = useQuery(daysQuery(name));
  const plan = useQuery(planQuery(name, false));
  const list = sizes.data ?? [];
  const newest = list[0];
  const v = verdict(newest);
  const sign = signs[v.state];
  const points = list
    .filter((s) => s.size !== null)
    .reverse()
    .map((s) => ({ at: time(s.at), size: s.size }));
  return (
    <Stack>
      <ProblemAlert error={sizes.error} retry={() => void sizes.refetch()} />
      <Card component="section" aria-labelledby="size">
        <Stack>
          <Title order={2} fz="h4" id="size">
            {audienceName(spec)}
          </Title>
          {sizes.isPending ? (
            <Skeleton h={80} />
          ) : (
            <>
              <SimpleGrid cols={{ base: 2, sm: 4 }}>
                <Figure
                  label="Matched people"
                  value={newest && newest.size !== null ? count(newest.size) : 'not known yet'}
                />
                <Figure label="Asked X" value={<Ago at={newest?.at} />} />
                <Figure label="Id at X" value={newest?.audience_id || spec.audience.id || 'none yet'} />
              </SimpleGrid>
              <Alert color={sign.color} icon={<sign.icon aria-hidden />} title={v.title}>
                <Text size="sm">{v.text}</Text>
              </Alert>
            </>
          )}
        </Stack>
      </Card>
      <Card component="section" aria-labelledby="over-time">
        <Title order={2} fz="h4" id="over-time">
          Size over time
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          People whom X has matched. It follows a run after 6 to 8 hours, and is smaller than what was sent: X
          matches whom it knows.
        </Text>
        {sizes.isPending && <Skeleton h={220} />}
        {points.length > 0 && (
          <Lines
            label={`Size of the audience at ${plural(points.length, 'time')}; the newest is ${points.at(-1)?.size ?? 0}.`}
            data={points}
            dataKey="at"
            series={[{ name: 'size', label: 'Matched people', color: 'eddy.6' }]}
            curveType="linear"
            withDots={points.length < 60}
            withLegend={false}
            xAxisProps={{ minTickGap: 24 }}
          />
        )}
        {sizes.data && points.length === 0 && (
          <Text size="sm" c="dimmed">
            X has not told a size yet.
          </Text>
        )}
      </Card>
      <Card component="section" aria-labelledby="sent">
        <Title order={2} fz="h4" id="sent" mb="sm">
          Sent and removed a day
        </Title>
        {!sums.data ? (
          <Skeleton h={220} />
        ) : (
          <Bars
            label={`Records added or changed and records removed on each of the last ${sums.data.length} days.`}
            data={sums.data.map((s) => ({
              day: day(s.day),
              added: s.inserted + s.updated,
              removed: s.removed,
            }))}
            dataKey="day"
            series={[
              { name: 'added', label: 'Added or changed', color: 'eddy.5' },
              { name: 'removed', label: 'Removed', color: 'orange.6' },
            ]}
            xAxisProps={{ minTickGap: 24 }}
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
