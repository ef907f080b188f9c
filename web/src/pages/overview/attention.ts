import type { Connection, ConnectionHealth } from '../../api/schema.gen';
import { byName, plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { adviceFor } from '../run/advice';

export type Need = 'approval' | 'unusable' | 'credentials' | 'failed' | 'stale' | 'left out' | 'alert';

/** Attention is something that a person should see to. */
export interface Attention {
  need: Need;
  connection: string;
  title: string;
  text: string;
  /** run is where more is told; null where the connection's page does. */
  run: string | null;
  since: string | null;
}

/** fresh is how long a connection with a schedule may go without a success. */
const fresh = 24 * 3_600_000;

const order: Need[] = ['approval', 'unusable', 'credentials', 'failed', 'stale', 'left out', 'alert'];

/** attention finds what needs a person, the most urgent first. Each connection is named once. */
export function attention(health: ConnectionHealth[], objects: Connection[], now: number): Attention[] {
  const stored = new Map(objects.map((o) => [o.name, o]));
  const found: Attention[] = [];
  for (const h of health) {
    const a = ofConnection(h, stored.get(h.connection), now);
    if (a) found.push(a);
  }
  return found.sort(
    (a, b) => order.indexOf(a.need) - order.indexOf(b.need) || byName(a.connection, b.connection),
  );
}

function ofConnection(h: ConnectionHealth, object: Connection | undefined, now: number): Attention | null {
  const last = h.last_run;
  const base = {
    connection: h.connection,
    run: last?.run_id ?? null,
    since: last?.finished_at ?? last?.requested_at ?? null,
  };
  const error = last?.errors[0];
  const reason = error ? sentence(error.reason) : 'It does not say why';
  const mend = error ? adviceFor(error).text : '';
  if (h.unusable)
    return {
      ...base,
      need: 'unusable',
      title: 'Cannot run as it is configured',
      text: `${sentence(h.unusable)}.`,
      run: null,
      since: null,
    };
  if (last?.status === 'needs_approval')
    return { ...base, need: 'approval', title: 'Waits for approval', text: `${reason}.` };
  if (last?.status === 'failed') {
    if (/\b(401|403)\b|UNAUTHORIZED/.test(reason))
      return { ...base, need: 'credentials', title: 'X refuses the credentials', text: `${reason}. ${mend}` };
    return { ...base, need: 'failed', title: 'The last run failed', text: `${reason}. ${mend}`.trim() };
  }
  if (!object?.paused && stale(h, object, now))
    return {
      ...base,
      need: 'stale',
      title: 'Not fresh any more',
      text: 'No run has succeeded in the last 24 hours, although it has a schedule.',
      run: null,
      since: h.last_success ?? null,
    };
  if (h.state === 'degraded' && last && last.status === 'completed_with_errors') {
    const left = last.counts.rejected + last.counts.failed + last.counts.invalid;
    return {
      ...base,
      need: 'left out',
      title: `${plural(left, 'record')} left out`,
      text: `${reason}. ${mend}`.trim(),
    };
  }
  if (h.open_alerts > 0)
    return {
      ...base,
      need: 'alert',
      title: plural(h.open_alerts, 'open alert'),
      text: 'An alert rule found something, and it is not over yet.',
      run: null,
      since: null,
    };
  return null;
}

function stale(h: ConnectionHealth, object: Connection | undefined, now: number): boolean {
  // Without a schedule nobody promised anything.
  if (!object?.next_runs?.length || h.active) return false;
  const since = h.last_success ?? object.created_at;
  return now - Date.parse(since) > fresh;
}
