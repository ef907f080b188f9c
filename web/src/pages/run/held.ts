import type { ConnectionVersion, Run } from '../../api/schema.gen';

/** losses are what would become of records by a run that is held, by the reasons that its list gives. */
export const losses = [
  { value: 'would leave: none of its identities stays', label: 'Would leave' },
  { value: 'would lose identities', label: 'Would lose identities' },
];

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
