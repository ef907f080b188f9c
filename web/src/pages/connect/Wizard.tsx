import { Box, Button, Card, Grid, Group, NativeSelect, Progress, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import type { Mistake } from './mistakes';
import { StepList, type StepState } from './StepList';
import { beside, stepIDs, steps, type StepID } from './steps';

interface Props {
  step: StepID;
  go: (step: StepID) => void;
  states: Readonly<Record<StepID, StepState>>;
  /** missing is what the open step still needs. */
  missing: string;
  mistakes: readonly Mistake[];
  children: ReactNode;
  /** end stands in the place of the button that leads on, on the last step. */
  end: ReactNode;
}

/** Wizard is the frame around one step: where one is, what is left, back and on. */
export function Wizard({ step, go, states, missing, mistakes, children, end }: Props) {
  const index = stepIDs.indexOf(step);
  const at = steps[index];
  const before = beside(step, -1);
  const after = beside(step, 1);
  const head = useFocusOn(step);
  const [asked, setAsked] = useState<StepID | null>(null);
  const here = mistakes.filter((m) => m.step === step);
  const onward = () => {
    if (missing) setAsked(step);
    else if (after) go(after);
  };
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 4, lg: 3 }}>
        <Box visibleFrom="md" pos="sticky" top={72}>
          <StepList step={step} go={go} states={states} />
        </Box>
        <Stack gap="snug" hiddenFrom="md">
          <NativeSelect
            label={`Step ${index + 1} of ${steps.length}`}
            value={step}
            onChange={(e) => go(e.currentTarget.value as StepID)}
            data={steps.map((s, i) => ({
              value: s.id,
              label: `${i + 1}. ${s.title}${states[s.id].kind === 'done' ? ' ✓' : ''}`,
            }))}
          />
          <Progress
            size="sm"
            value={(100 * (index + 1)) / steps.length}
            aria-label={`Step ${index + 1} of ${steps.length}`}
          />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8, lg: 9 }}>
        <Card component="section" aria-labelledby="step" p={{ base: 'md', sm: 'xl' }}>
          <Stack gap="lg">
            <Title order={2} fz="h3" id="step" ref={head} tabIndex={-1} className="quiet">
              {at?.question}
            </Title>
            {children}
            {after && (
              <Text size="sm" c="var(--mantine-color-error)" role="status" ta="right" mih="lg">
                {asked === step
                  ? missing
                  : here.length > 0 && !missing
                    ? 'Something here is not right yet.'
                    : ''}
              </Text>
            )}
            <Group justify="space-between" align="flex-start">
              <Button
                variant="default"
                leftSection={<IconArrowLeft size={16} aria-hidden />}
                disabled={!before}
                onClick={() => before && go(before)}
              >
                Back
              </Button>
              {after ? (
                <Button rightSection={<IconArrowRight size={16} aria-hidden />} onClick={onward}>
                  Continue
                </Button>
              ) : (
                end
              )}
            </Group>
          </Stack>
        </Card>
      </Grid.Col>
    </Grid>
  );
}

/** useFocusOn leads keyboards and screen readers to the head of a step that was opened. */
function useFocusOn(step: StepID) {
  const head = useRef<HTMLHeadingElement>(null);
  const last = useRef(step);
  useEffect(() => {
    if (last.current === step) return;
    last.current = step;
    head.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [step]);
  return head;
}
