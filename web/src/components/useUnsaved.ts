import { modals } from '@mantine/modals';
import { useBlocker } from '@tanstack/react-router';

/**
 * useUnsaved asks before a link, or the browser, leads away from a form in which something was
 * typed that is kept nowhere. So do the steps of the wizard and the cards of a connection; tabs and
 * filters of the same page lead nowhere else.
 */
export function useUnsaved(dirty: boolean): void {
  useBlocker({
    disabled: !dirty,
    enableBeforeUnload: dirty,
    shouldBlockFn: ({ current, next }) => leads(current, next) && ask().then((leave) => !leave),
  });
}

/** Place is where one is: the part of an address that says which form is open. */
interface Place {
  pathname: string;
  search: object;
}

function leads(from: Place, to: Place): boolean {
  const form = ({ search }: Place) =>
    JSON.stringify([Reflect.get(search, 'step'), Reflect.get(search, 'edit')]);
  return from.pathname !== to.pathname || form(from) !== form(to);
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

/** keep has a dialog in which something was typed closed by its buttons alone: a key or a click beside it loses nothing. */
export function keep(dirty: boolean) {
  return { closeOnEscape: !dirty, closeOnClickOutside: !dirty };
}
