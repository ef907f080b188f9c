import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';

import type { Then } from './useCreate';

/** CreateButtons end the wizard. */
export function CreateButtons({
  lacking,
  busy,
  start,
}: {
  /** lacking says why nothing can be made yet; empty when it can. */
  lacking: string;
  /** busy is what is being done. */
  busy: Then | null;
  start: (then: Then) => void;
}) {
  const common = (then: Then) => ({
    onClick: () => start(then),
    loading: busy === then,
    disabled: lacking !== '' || (busy !== null && busy !== then),
  });
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="xs" justify="flex-end">
        <Button variant="default" aria-describedby="lacking" {...common('rest')}>
          Create
        </Button>
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          aria-describedby="lacking"
          {...common('run')}
        >
          Create and run
        </Button>
      </Group>
      <Text size="sm" c="dimmed" id="lacking" role="status" ta="right">
        {lacking}
      </Text>
    </Stack>
  );
}
