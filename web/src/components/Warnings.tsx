import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import type { Warning } from '../api/schema.gen';
import { sentence } from './ProblemAlert';

/** Warnings says what a person should know, although nothing was kept from delivery. */
export function Warnings({ warnings }: { warnings: readonly Warning[] | null | undefined }) {
  if (!warnings?.length) return null;
  return (
    <Stack gap="xs">
      {warnings.map((w) => (
        <Alert
          key={w.reason}
          color="orange"
          icon={<IconAlertTriangle aria-hidden />}
          title={sentence(w.reason)}
        >
          {w.mend && <Text size="sm">{sentence(w.mend)}</Text>}
        </Alert>
      ))}
    </Stack>
  );
}
