import { Stepper, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';

import { stepIDs, steps, type StepID } from './steps';

/** StepState is how far a step is, and what was chosen in it. */
export interface StepState {
  kind: 'open' | 'done' | 'wrong';
  summary: string;
}

const words = { open: 'to do', done: 'done', wrong: 'needs mending' } as const;

/** StepList shows all steps; each can be opened at any time. */
export function StepList({
  step,
  go,
  states,
}: {
  step: StepID;
  go: (step: StepID) => void;
  states: Readonly<Record<StepID, StepState>>;
}) {
  return (
    <Stepper
      component="nav"
      aria-label="Steps"
      orientation="vertical"
      size="xs"
      iconSize={26}
      active={stepIDs.indexOf(step)}
      onStepClick={(index) => go(stepIDs[index] ?? 'source')}
    >
      {steps.map((s, i) => {
        const { kind, summary } = states[s.id];
        const sign =
          kind === 'done' ? (
            <IconCheck size={14} aria-hidden />
          ) : kind === 'wrong' ? (
            <IconAlertTriangle size={14} aria-hidden />
          ) : (
            <span>{i + 1}</span>
          );
        return (
          <Stepper.Step
            key={s.id}
            label={
              <>
                {s.title}
                <VisuallyHidden>, {words[kind]}</VisuallyHidden>
              </>
            }
            description={summary || undefined}
            icon={sign}
            progressIcon={sign}
            completedIcon={sign}
            color={kind === 'wrong' ? 'red' : kind === 'open' && s.id !== step ? 'gray' : undefined}
            aria-current={s.id === step ? 'step' : undefined}
            allowStepSelect
          />
        );
      })}
    </Stepper>
  );
}
