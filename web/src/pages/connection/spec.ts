import type { ConnectionSpec, Settings as Stored } from '../../api/schema.gen';
import { count, plural } from '../../components/numbers';

/** Settings are sync settings as they are stored: what is left out has its default. */
type Settings = Partial<Omit<Stored, 'guard'>> & { guard?: Partial<Stored['guard']> };

/** scheduleWords says when a connection runs. */
export function scheduleWords(spec: Pick<ConnectionSpec, 'schedule'>): string {
  const s = spec.schedule ?? { type: 'manual' };
  const zone = s.timezone || 'UTC';
  if (s.type === 'basic')
    return `Every ${interval(s.every ?? '')}, counted from ${s.start_at || '00:00'} ${zone}`;
  const after = startedAfter(spec);
  if (after) return `When work ended well: ${after}`;
  if (s.type === 'cron') return `Cron ${s.expression ?? ''} in ${zone}`;
  return 'Only when somebody or something starts it';
}

/** startedAfter says after what a connection starts, in the words of its runs; empty where the clock says. */
export function startedAfter(spec: Pick<ConnectionSpec, 'schedule'>): string {
  const { after, webhook } = spec.schedule ?? {};
  if (after) return `after ${[after].flat().join(', ')}`;
  return webhook ? `webhook ${webhook}` : '';
}

/** interval writes 1h30m for people. */
function interval(text: string): string {
  const units: Record<string, string> = { d: 'day', h: 'hour', m: 'minute' };
  const parts = [...text.matchAll(/(\d+)([dhm])/g)].filter((m) => Number(m[1]) > 0);
  if (parts.length === 0) return text;
  return parts.map((m) => plural(Number(m[1]), units[m[2] ?? ''] ?? '')).join(' ');
}

/** audienceName is the name or the id of the audience that is fed. */
export function audienceName(spec: Pick<ConnectionSpec, 'audience'>): string {
  return spec.audience.create?.name ?? spec.audience.id ?? '';
}

export interface Mapped {
  field: string;
  column: string | null;
  constant: string | null;
}

/** mapped lists what fills each field. */
export function mapped(spec: Pick<ConnectionSpec, 'mapping'>): Mapped[] {
  return Object.entries(spec.mapping).map(([field, from]) => {
    if (typeof from === 'string') return { field, column: from, constant: null };
    return 'column' in from
      ? { field, column: from.column, constant: null }
      : { field, column: null, constant: from.constant };
  });
}

export interface Said {
  label: string;
  value: string;
  text: string;
}

/** settingsWords tells the sync settings, with the defaults of what is left out. */
export function settingsWords(spec: {
  settings?: Settings;
  sync_mode?: ConnectionSpec['sync_mode'];
}): Said[] {
  const s = spec.settings ?? {};
  const percent = s.guard?.max_removed_percent ?? 50;
  const retry = s.retry_failed_records ?? true;
  const attempts = retry ? (s.max_attempts ?? 5) : 1;
  const logs = s.retain_sync_logs ?? true;
  const days = s.sync_log_retention_days ?? 30;
  const upsert = spec.sync_mode === 'upsert';
  return [
    {
      label: 'Sync mode',
      value: upsert ? 'Add and update' : 'Mirror',
      text: upsert
        ? 'People are added and updated, and never removed.'
        : 'The audience is made equal to the model: people are added, updated and removed.',
    },
    {
      label: 'Guard',
      value: `${percent} % at most`,
      text:
        `A run that would remove more than ${percent} % of the people or identities held waits for a person. ` +
        (s.guard?.allow_empty
          ? 'A run may empty the audience.'
          : 'So does one that would empty the audience.'),
    },
    {
      label: 'Refused records',
      value: attempts === 1 ? 'Tried once' : `Tried in ${plural(attempts, 'run')}`,
      text: 'A record that X refuses is sent again by later runs, and then rests until its row changes.',
    },
    {
      label: 'Renewal',
      value: `${plural(s.renew_before_days ?? 30, 'day')} before`,
      text: 'X drops a member after 13 months. Unchanged rows are sent again before that.',
    },
    {
      label: 'Sync log',
      value: logs ? `Kept for ${plural(days, 'day')}` : 'Not written',
      text: logs
        ? 'What became of each record is in the warehouse, and on the page of each run.'
        : 'Records of a run cannot be looked up.',
    },
    {
      label: 'Snapshots',
      value:
        (s.snapshots_to_retain ?? 5) === 1
          ? 'The newest stays'
          : `The newest ${count(s.snapshots_to_retain ?? 5)} stay`,
      text: 'Each run’s picture of the model, kept in Eddy’s schema for you to query.',
    },
  ];
}
