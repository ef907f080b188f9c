import { Alert, Group, List, Loader, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCircleCheck, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import type { Steps, TestStep } from '../api/schema.gen';
import { ProblemAlert, sentence } from './ProblemAlert';

interface Props {
  /** testing says that the answer is on its way. */
  testing: boolean;
  result: Steps | undefined;
  error?: unknown;
  /** good is what to say when every step passed. */
  good?: string;
}

/** TestSteps shows what the test of a source or destination found, and how to mend what failed. */
export function TestSteps({ testing, result, error, good = 'Everything works.' }: Props) {
  const steps = useTicking(testing ? undefined : result?.steps);
  const all = result !== undefined && steps.length === result.steps.length;
  return (
    <Stack gap="sm" aria-live="polite" aria-busy={testing}>
      {testing && (
        <Group gap="xs">
          <Loader size="xs" aria-hidden />
          <Text size="sm">Testing. This can take a few seconds.</Text>
        </Group>
      )}
      {!testing && Boolean(error) && <ProblemAlert error={error} title="The test could not be made" />}
      {steps.length > 0 && (
        <List spacing="xs" size="sm" center listStyleType="none">
          {steps.map((s) => (
            <List.Item
              key={s.step}
              icon={
                <ThemeIcon size={22} radius="xl" color={colorOf(s)} variant="light">
                  {!s.ok ? (
                    <IconX size={14} aria-label="failed" />
                  ) : s.warning ? (
                    <IconAlertTriangle size={14} aria-label="warning" />
                  ) : (
                    <IconCheck size={14} aria-label="passed" />
                  )}
                </ThemeIcon>
              }
            >
              <Text size="sm" component="span" fw={600}>
                {sentence(s.step)}
              </Text>
              {s.detail && (
                <Text size="sm" component="span" c={s.ok && !s.warning ? 'dimmed' : undefined}>
                  {` · ${s.detail}`}
                </Text>
              )}
            </List.Item>
          ))}
        </List>
      )}
      {all &&
        !testing &&
        steps
          .filter((s) => (!s.ok || s.warning) && s.mend)
          .map((s) => (
            <Alert key={s.step} color={colorOf(s)} title={s.ok ? 'What to look at' : 'How to mend it'}>
              {sentence(s.mend ?? '')}
            </Alert>
          ))}
      {all && result.ok && !testing && (
        <Group gap="xs">
          <IconCircleCheck size={18} aria-hidden />
          <Text size="sm" fw={600}>
            {good}
          </Text>
        </Group>
      )}
    </Stack>
  );
}

function colorOf(s: TestStep): string {
  if (!s.ok) return 'red';
  return s.warning ? 'orange' : 'green';
}

/** useTicking gives the steps one after another: they ran in this order. */
function useTicking<T>(steps: T[] | undefined): T[] {
  const [shown, setShown] = useState({ of: steps, count: 1 });
  const count = shown.of === steps ? shown.count : 1;
  useEffect(() => {
    if (!steps || count >= steps.length) return;
    const timer = setTimeout(() => setShown({ of: steps, count: count + 1 }), 250);
    return () => clearTimeout(timer);
  }, [steps, count]);
  return steps?.slice(0, count) ?? [];
}
