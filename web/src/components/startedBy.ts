import type { Run } from '../api/schema.gen';

/** startedBy says who or what started a run. */
export function startedBy(run: Pick<Run, 'trigger' | 'requested_by'>): string {
  const who = run.requested_by ?? '';
  // What a server starts by itself after other work says what that was.
  if (who === 'schedule' && run.trigger !== 'schedule')
    return run.trigger.charAt(0).toUpperCase() + run.trigger.slice(1);
  switch (run.trigger) {
    case 'schedule':
      return 'By its schedule';
    case 'approval':
      return who ? `Approved by ${who}` : 'By an approval';
    case 'manual':
      return who ? `By ${who}` : 'By hand';
    default:
      return who ? `By ${who} (${run.trigger})` : run.trigger;
  }
}
