import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Figure is a number with its name. */
export function Figure({ label, value, color }: { label: string; value: ReactNode; color?: string }) {
  return (
    <Stack gap={0} miw={0}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="div" fw={600} c={color} className="numbers">
        {value}
      </Text>
    </Stack>
  );
}
