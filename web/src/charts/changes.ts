import type { Run } from '../api/schema.gen';
import { plural } from '../components/numbers';
import { short } from '../components/times';

/** Change is what came and went at a time: removed is below zero, so that it is drawn below the line. */
export interface Change {
  at: string;
  added: number;
  changed: number;
  removed: number;
}

/** changesOf are those of the runs that sent something, or found that nothing was to be sent; oldest first. */
export function changesOf(runs: Run[]): Change[] {
  return runs
    .filter((r) => r.finished_at && (r.counts.requests > 0 || r.status === 'succeeded'))
    .map((r) => ({
      at: short(r.requested_at),
      added: r.counts.insert,
      changed: r.counts.update,
      removed: below(r.counts.delete),
    }))
    .reverse();
}

/** below is a number as it is drawn below the line; none is no negative zero, which would be written as -0. */
export function below(n: number): number {
  return n === 0 ? 0 : -n;
}

/** changesLabel says in a sentence what the chart shows. */
export function changesLabel(changes: Change[]): string {
  const newest = changes.at(-1);
  if (!newest) return '';
  return (
    `Records that the last ${plural(changes.length, 'run')} added, changed and removed. ` +
    `The newest: ${newest.added} added, ${newest.changed} changed, ${Math.abs(newest.removed)} removed.`
  );
}
