import { Badge, Card, Group, Progress, Stack, Text, Title } from '@mantine/core';

import type { Run } from '../../api/schema.gen';
import { duration } from '../../components/numbers';
import { active, stepStates, steps, type StepState } from './progress';

const words: Record<StepState, { label: string; color: string }> = {
  done: { label: 'Done', color: 'green' },
  now: { label: 'Now', color: 'blue' },
  'to come': { label: 'To come', color: 'gray' },
  'left out': { label: 'Not needed', color: 'gray' },
  stopped: { label: 'Ended here', color: 'orange' },
};

/** Phases shows each step of a run and how long it took. */
export function Phases({ run }: { run: Run }) {
  const states = stepStates(run);
  const spent = active(run.status) ? (run.progress?.phases ?? {}) : (run.phases ?? {});
  const longest = Math.max(0.001, ...Object.values(spent));
  const whole = run.status === 'succeeded' || run.status === 'completed_with_errors' || active(run.status);
  return (
    <Card component="section" aria-labelledby="steps">
      <Title order={2} fz="h4" id="steps">
        Steps
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        The bars compare how long each took.
      </Text>
      <Stack gap="sm" component="ol" m={0} p={0} lts={0}>
        {steps.map((s) => {
          const state = states[s.id] ?? 'to come';
          const seconds = spent[s.id];
          const word =
            !whole && state === 'left out' ? { label: 'Not reached', color: 'gray' } : words[state];
          return (
            <Stack key={s.id} component="li" gap="hair" display="block">
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Text size="sm" fw={state === 'now' ? 650 : 500}>
                  {s.label}
                </Text>
                <Group gap="xs" wrap="nowrap">
                  {seconds !== undefined && (
                    <Text size="sm" className="numbers">
                      {seconds < 0.1 ? `${Math.round(seconds * 1000)} ms` : duration(seconds)}
                    </Text>
                  )}
                  <Badge color={word.color} size="sm">
                    {word.label}
                  </Badge>
                </Group>
              </Group>
              <Text size="xs" c="dimmed">
                {s.text}
              </Text>
              {seconds !== undefined && (
                <Progress value={(100 * seconds) / longest} size={4} aria-hidden mt="fine" />
              )}
            </Stack>
          );
        })}
      </Stack>
    </Card>
  );
}
