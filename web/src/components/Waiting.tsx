import { Skeleton, Stack } from '@mantine/core';

/** Waiting holds the place of lines that are being read. */
export function Waiting({ lines = 4, height = 44 }: { lines?: number; height?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} height={height} />
      ))}
    </Stack>
  );
}
