import { notifications } from '@mantine/notifications';

import { problemOf } from '../api/client';
import { sentence } from './ProblemAlert';

/** tell says that something is done. */
export function tell(message: string): void {
  notifications.show({ message, color: 'green' });
}

/** tellTrouble says what went wrong where no form stays open that could. */
export function tellTrouble(error: unknown): void {
  const p = problemOf(error);
  notifications.show({
    title: sentence(p.message),
    message: p.mend,
    color: 'red',
    role: 'alert',
    autoClose: 10_000,
  });
}
