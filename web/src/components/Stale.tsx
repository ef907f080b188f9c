import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';

import { Problem } from '../api/client';

/** isStale says whether somebody else changed a thing since it was read (412). */
export function isStale(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

/** Stale explains that a change was not made because of one that somebody else made. */
export function Stale({ error, reload }: { error: unknown; reload: () => void }) {
  if (!isStale(error)) return null;
  return (
    <Alert
      color="orange"
      role="alert"
      icon={<IconRefresh aria-hidden />}
      title="Somebody else changed this meanwhile"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          Nothing of yours is stored, so that their change is not lost. Read it again, and make yours once
          more.
        </Text>
        <Button size="xs" variant="default" onClick={reload}>
          Read it again
        </Button>
      </Stack>
    </Alert>
  );
}
