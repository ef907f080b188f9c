import { modals } from '@mantine/modals';
import { useBlocker } from '@tanstack/react-router';

/**
 * useUnsaved asks before a link, or the browser, leads away from a form in which something was
 * typed that is kept nowhere. Steps, tabs and filters of the same page lead nowhere else.
 */
export function useUnsaved(dirty: boolean): void {
  useBlocker({
    disabled: !dirty,
    enableBeforeUnload: dirty,
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname && ask().then((leave) => !leave),
  });
}

/** ask says whether to leave what was typed. */
function ask(): Promise<boolean> {
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title: 'Leave what you typed?',
      children: 'It is not saved, and is gone when you leave this page.',
      labels: { confirm: 'Leave', cancel: 'Stay' },
      confirmProps: { color: 'red' },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    });
  });
}
