import { Alert, Anchor, List } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import type { Mistake } from './mistakes';
import { titleOf, type Gap, type StepID } from './steps';

interface Props {
  gaps: readonly Gap[];
  mistakes: readonly Mistake[];
  go: (step: StepID) => void;
}

/** Todo is everything that is missing or wrong, each with the way to where it is mended. */
export function Todo({ gaps, mistakes, go }: Props) {
  const all = [...gaps, ...mistakes];
  if (all.length === 0) return null;
  const wrong = gaps.length === 0;
  return (
    <Alert
      color={wrong ? 'red' : 'orange'}
      title={wrong ? 'Something is not right yet' : 'Not complete yet'}
      icon={<IconAlertTriangle aria-hidden />}
      role={wrong ? 'alert' : undefined}
    >
      <List size="sm">
        {all.map((t) => (
          <List.Item key={`${t.step} ${t.text}`}>
            {t.step === 'review' ? (
              t.text
            ) : (
              <Anchor
                component="button"
                type="button"
                size="sm"
                ta="left"
                c="var(--mantine-color-text)"
                underline="always"
                onClick={() => go(t.step)}
              >
                {titleOf(t.step)}: {t.text}
              </Anchor>
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
