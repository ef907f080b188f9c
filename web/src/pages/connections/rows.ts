import type { Connection, ConnectionHealth } from '../../api/schema.gen';
import { byName } from '../../components/numbers';
import { audienceName, startedAfter } from '../connection/spec';

/** Row is a connection in the list. */
export interface Row {
  name: string;
  source: string;
  destination: string;
  audience: string;
  state: ConnectionHealth['state'];
  /** active is the state of the run under way; null when there is none. */
  active: 'queued' | 'running' | null;
  lastRun: string | null;
  lastRunID: string | null;
  lastSuccess: string | null;
  nextRun: string | null;
  /** startedAfter says after what it starts; empty where the clock or somebody starts it. */
  startedAfter: string;
  /** size is how many people X has matched; null while it does not tell. */
  size: number | null;
  alerts: number;
  /** unusable says why it cannot run as it is configured. */
  unusable: string;
}

/** rowsOf joins connections with how they do. */
export function rowsOf(objects: Connection[], health: ConnectionHealth[]): Row[] {
  const by = new Map(health.map((h) => [h.connection, h]));
  return objects.map((o) => {
    const spec = o.spec;
    const h = by.get(o.name);
    const last = h?.active ?? h?.last_run;
    return {
      name: o.name,
      source: spec.source,
      destination: spec.destination,
      audience: audienceName(spec),
      state: h?.state ?? (o.paused ? 'paused' : 'new'),
      active: h?.active ? (h.active.status === 'queued' ? 'queued' : 'running') : null,
      lastRun: last?.requested_at ?? null,
      lastRunID: last?.run_id ?? null,
      lastSuccess: h?.last_success ?? null,
      startedAfter: startedAfter(spec),
      nextRun: o.paused ? null : (o.next_runs?.[0] ?? null),
      size: h?.size?.size ?? null,
      alerts: h?.open_alerts ?? 0,
      unusable: h?.unusable ?? '',
    };
  });
}

/** states are those that one can look for, the ones that need somebody first. */
export const states: ConnectionHealth['state'][] = [
  'needs_approval',
  'failing',
  'degraded',
  'healthy',
  'paused',
  'new',
];

export const sorts = ['name', 'state', 'last', 'next', 'size', 'fresh'] as const;
export type Sort = (typeof sorts)[number];

export interface View {
  q?: string;
  state?: string;
  /** sort is one of sorts, with a minus before it to turn it round. */
  sort?: string;
}

/** sortOf reads a sort of the address; what it does not know is by name. */
export function sortOf(text: string | undefined): { by: Sort; down: boolean } {
  const down = text?.startsWith('-') ?? false;
  const name = down ? text?.slice(1) : text;
  const by = sorts.find((s) => s === name);
  return by ? { by, down } : { by: 'name', down: false };
}

/** view filters and sorts rows. What has no time or size comes last whichever way it is sorted. */
export function view(rows: Row[], v: View): Row[] {
  const q = (v.q ?? '').trim().toLowerCase();
  const { by, down } = sortOf(v.sort);
  const sign = down ? -1 : 1;
  const at = (text: string | null) => (text ? Date.parse(text) : null);
  const value = (r: Row) => {
    if (by === 'size') return r.size;
    return at(by === 'last' ? r.lastRun : by === 'next' ? r.nextRun : r.lastSuccess);
  };
  return rows
    .filter((r) => !v.state || r.state === v.state || r.active === v.state)
    .filter(
      (r) => !q || [r.name, r.source, r.destination, r.audience].some((t) => t.toLowerCase().includes(q)),
    )
    .sort((a, b) => {
      const named = byName(a.name, b.name);
      if (by === 'name') return sign * named;
      if (by === 'state') return sign * (states.indexOf(a.state) - states.indexOf(b.state)) || named;
      const [x, y] = [value(a), value(b)];
      if (x === y) return named;
      if (x === null) return 1;
      if (y === null) return -1;
      return sign * (x - y);
    });
}
