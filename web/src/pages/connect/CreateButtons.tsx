import { Button, Group } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';

import type { Then } from './useCreate';

/** CreateButtons end the wizard. */
export function CreateButtons({
  disabled,
  busy,
  start,
}: {
  disabled: boolean;
  /** busy is what is being done. */
  busy: Then | null;
  start: (then: Then) => void;
}) {
  const common = (then: Then) => ({
    onClick: () => start(then),
    loading: busy === then,
    disabled: disabled || (busy !== null && busy !== then),
  });
  return (
    <Group gap="xs" justify="flex-end">
      <Button variant="default" {...common('rest')}>
        Create
      </Button>
      <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} {...common('run')}>
        Create and run
      </Button>
    </Group>
  );
}
