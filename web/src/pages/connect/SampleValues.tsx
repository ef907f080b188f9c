import { Badge, Group, Skeleton, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import type { PayloadField } from '../../api/schema.gen';
import { sentence } from '../../components/ProblemAlert';
import { visible } from '../../components/visible';

/** SampleValues shows a value of the model, what it becomes, and what X gets. */
export function SampleValues({
  sample,
  loading,
  empty,
}: {
  sample: PayloadField | undefined;
  loading: boolean;
  empty: boolean;
}) {
  if (empty) return null;
  if (!sample)
    return loading ? (
      <Skeleton h={96} aria-label="Preparing the sample row" />
    ) : (
      <Text size="sm" c="dimmed">
        A sample value shows here once every field has a column and the X account is chosen, if you may see
        values.
      </Text>
    );
  const problems = sample.problems ?? [];
  return (
    <Stack gap="xs" aria-busy={loading} aria-live="polite">
      <Line name="Value">
        {sample.value === null ? (
          <Text size="sm" c="dimmed" fs="italic">
            null
          </Text>
        ) : (
          <Value text={sample.value} />
        )}
      </Line>
      {(sample.normalised ?? []).length > 0 && (
        <Line name="Normalised">
          {(sample.normalised ?? []).map((v) => (
            <Value key={v} text={v} />
          ))}
        </Line>
      )}
      <Line name="X gets">
        {(sample.sent ?? []).map((v) => (
          <Value key={v} text={v} />
        ))}
        {(sample.sent ?? []).length === 0 && problems.length === 0 && (
          <Text size="sm" c="dimmed">
            {sample.value === null ? 'nothing for this row' : 'the value, as it is'}
          </Text>
        )}
        {problems.map((p) => (
          <Group key={p} gap="snug" wrap="nowrap" align="flex-start">
            <Badge size="sm" color="red" flex="none">
              Left out
            </Badge>
            <Text size="sm">{sentence(p)}</Text>
          </Group>
        ))}
      </Line>
    </Stack>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      {children}
    </div>
  );
}

function Value({ text }: { text: string }) {
  return (
    <Text size="xs" ff="monospace" className="wrapped">
      {visible(text)}
    </Text>
  );
}
