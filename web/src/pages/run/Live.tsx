import { Card, Group, Progress, SimpleGrid, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

import type { Run } from '../../api/schema.gen';
import { bytes, count, duration, percent } from '../../components/numbers';
import { Figure } from '../../components/Figure';
import { pace, sentText, steps, told, took } from './progress';

/** Live shows how far a run is while it goes. */
export function Live({ run }: { run: Run }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true });
  const p = run.progress;
  const step = steps.find((s) => s.id === p?.step);
  const at = p ? pace(p) : null;
  const known = at?.percent !== null && at?.percent !== undefined;
  const spent = took(run, now);
  return (
    <Card component="section" aria-labelledby="live">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} fz="h4" id="live">
            {run.status === 'queued' ? 'Waiting for a worker' : (step?.label ?? 'Beginning')}
          </Title>
          {known && p && (
            <Text fw={650} className="numbers">
              {percent(Math.min(p.done, p.total), p.total)}
            </Text>
          )}
        </Group>
        <Progress.Root size="lg">
          <Progress.Section
            value={known ? (at?.percent ?? 0) : 100}
            animated={!known}
            striped={!known}
            color={known ? undefined : 'gray'}
            aria-label={known ? `${step?.label ?? ''} progress` : 'At work'}
            aria-valuetext={known ? undefined : 'How much is left is not known yet'}
          />
        </Progress.Root>
        <Text size="sm" c="dimmed">
          {run.cancel_requested
            ? 'Being cancelled: what is on its way is waited for and put on record.'
            : run.status === 'queued'
              ? 'It begins as soon as a worker is free.'
              : (p?.note ?? step?.text)}
        </Text>
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure label="Rows staged" value={p?.rows ? count(p.rows) : '–'} />
          <Figure label="Compared" value={p?.compared ? count(p.compared) : '–'} />
          <Figure label="Changes sent" value={p ? sentText(p) : '–'} />
          <Figure
            label={p?.step === 'stage' ? 'Rows a second' : 'Changes a second'}
            value={at && at.rate > 0 ? count(Math.round(at.rate)) : '–'}
          />
          <Figure label="Time left to send" value={at?.left != null ? whole(at.left) : '–'} />
          <Figure label="Requests" value={p ? `${count(p.requests)} (${bytes(p.bytes)})` : '–'} />
          <Figure label="Running for" value={spent === null ? '–' : whole(spent)} />
        </SimpleGrid>
        <VisuallyHidden role="status" aria-live="polite">
          {told(run)}
        </VisuallyHidden>
      </Stack>
    </Card>
  );
}

/** whole writes seconds without fractions, which would only flicker. */
function whole(seconds: number): string {
  return seconds < 10 ? `${Math.round(seconds)} s` : duration(seconds);
}
