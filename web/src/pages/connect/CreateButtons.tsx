import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';

import type { Then } from './useCreate';

/** CreateButtons end the wizard. */
export function CreateButtons({
  lacking,
  failing,
  busy,
  start,
}: {
  /** lacking says why nothing can be made yet; empty when it can. */
  lacking: string;
  /** failing says that a run would be refused at once. */
  failing: boolean;
  /** busy is what is being done. */
  busy: Then | null;
  start: (then: Then) => void;
}) {
  const common = (then: Then) => ({
    onClick: () => start(then),
    loading: busy === then,
    disabled: lacking !== '' || (failing && then === 'run') || (busy !== null && busy !== then),
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
        {lacking || (failing ? 'A run would be refused: see above. It can be made, and run later.' : '')}
      </Text>
    </Stack>
  );
}
