import type { ConnectionVersion, PartRun, Run } from '../../api/schema.gen';
import { plural } from '../../components/numbers';
import { removalText, type Removal } from './advice';

/** losses are what would become of records by a run that is held, by the reasons that its list gives. */
export const losses = [
  { value: 'would leave: none of its identities stays', label: 'Would leave' },
  { value: 'would lose identities', label: 'Would lose identities' },
];

/** waitingParts are those of several audiences that wait: an approval is for all of them. */
export function waitingParts(run: Pick<Run, 'parts'>): PartRun[] {
  return (run.parts ?? []).filter((p) => p.status === 'needs_approval');
}

/** heldOf is what a run would remove as a whole; of several audiences, from all that the guard held. */
export function heldOf(run: Pick<Run, 'errors' | 'parts'>): Removal | undefined {
  const parts = waitingParts(run).flatMap((p) => (p.removal ? [p.removal] : []));
  if (parts.length === 0) return run.errors.find((e) => e.removal)?.removal;
  return parts.reduce((all, r) => ({
    identities: all.identities + r.identities,
    held_identities: all.held_identities + r.held_identities,
    people: all.people + r.people,
    held_people: all.held_people + r.held_people,
    empties: all.empties || r.empties,
  }));
}

/** emptied are the audiences that would have nobody. */
export function emptied(run: Pick<Run, 'parts'>): PartRun[] {
  return waitingParts(run).filter((p) => p.removal?.empties);
}

/** heldTitle is what a run that waits asks, in a line. */
export function heldTitle(run: Pick<Run, 'errors' | 'parts'>): string {
  const held = heldOf(run);
  const waiting = waitingParts(run);
  if (!held)
    return waiting.length > 0
      ? `${plural(waiting.length, 'audience')} ${waiting.length === 1 ? 'waits' : 'wait'} for a person`
      : 'This run waits for a person';
  const from = waiting.filter((p) => p.removal).length;
  return `This run would remove ${removalText(held)}${from > 0 ? ` of ${plural(from, 'audience')}` : ''}`;
}

/** lossLabel is what people read in the place of the list's reason. */
export function lossLabel(reason: string | undefined): string {
  return losses.find((l) => l.value === reason)?.label ?? reason ?? '';
}

/** newerThan is the newest run of the same connection, where that is not the run itself. */
export function newerThan(run: Pick<Run, 'run_id'>, newestFirst: readonly Run[]): Run | undefined {
  const newest = newestFirst.find((r) => r.status !== 'skipped');
  return newest?.run_id === run.run_id ? undefined : newest;
}

/** madeSince are the versions of a connection that a run did not know: its configuration is read at its start. */
export function madeSince(
  run: Pick<Run, 'started_at' | 'requested_at'>,
  versions: readonly ConnectionVersion[],
): ConnectionVersion[] {
  const began = Date.parse(run.started_at ?? run.requested_at);
  return versions.filter((v) => !v.first && Date.parse(v.at) > began);
}

/** listOf is where the list of who would leave is downloaded. */
export function listOf(run: string, q: string, reason: string): string {
  const query = new URLSearchParams({ status: 'held' });
  if (q) query.set('q', q);
  if (reason) query.set('reason', reason);
  return `/api/v1/runs/${encodeURIComponent(run)}/records.csv?${query.toString()}`;
}
