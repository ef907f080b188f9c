/**
 * Spec is what a connection is made of, as the configuration file has it. The wizard edits the
 * spec itself and never a form made from it, so that what it does not know stays in.
 */
export type Spec = Readonly<Record<string, unknown>>;

/** set gives a spec another value under a key; undefined takes the key out. */
export function set(spec: Spec, key: string, value: unknown): Spec {
  if (value !== undefined) return { ...spec, [key]: value };
  return Object.fromEntries(Object.entries(spec).filter(([k]) => k !== key));
}

/** text is the text under a key, empty where there is none. */
export function text(spec: Spec, key: string): string {
  const value = spec[key];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function object(value: unknown): Spec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Spec) : {};
}

/** Model is a table or a query of the source. */
export interface Model {
  kind: 'table' | 'sql';
  text: string;
}

export function modelOf(spec: Spec): Model {
  const sql = text(spec, 'sql');
  return 'sql' in spec && !('table' in spec)
    ? { kind: 'sql', text: sql }
    : { kind: 'table', text: text(spec, 'table') };
}

/** withModel names another table or query. Conditions are about one table, and go with it. */
export function withModel(spec: Spec, model: Model): Spec {
  const other = model.kind === 'sql' ? 'table' : 'sql';
  const kept =
    text(spec, 'table') === model.text && model.kind === 'table' ? spec : set(spec, 'where', undefined);
  return set(set(kept, other, undefined), model.kind, model.text);
}

/** withModelOf takes over the model of another spec, with its conditions. */
export function withModelOf(spec: Spec, other: Spec): Spec {
  return ['table', 'sql', 'where'].reduce((out, key) => set(out, key, other[key]), spec);
}

const file = /[/\\]|\.(csv|tsv|parquet|json|jsonl|ndjson|xlsx|xlsm)(\.gz|\.zst)?$/i;

/** queryOf is a query to begin with: that of the rows of a table, or of a file. */
export function queryOf(table: string): string {
  if (!table) return '';
  return `SELECT *\nFROM ${file.test(table) ? `'${table.replaceAll("'", "''")}'` : table}\n`;
}

/** splitOf is the column whose values each have an audience; empty until it is chosen, undefined for one audience. */
export function splitOf(spec: Spec): string | undefined {
  return 'split_by' in spec ? text(spec, 'split_by') : undefined;
}

/** mostAudiences is how many values that column may have. */
export function mostAudiences(spec: Spec): number {
  return typeof spec.max_audiences === 'number' ? spec.max_audiences : 50;
}

/** withSplit chooses that column, and has the value stand in the audience's name; undefined is one audience. */
export function withSplit(spec: Spec, column: string | undefined): Spec {
  const before = splitOf(spec);
  const next = set(spec, 'split_by', column);
  const audience = audienceOf(spec);
  if (audience.kind !== 'new') return next;
  const bare = before ? audience.name.replaceAll(`{${before}}`, '').trim() : audience.name;
  const name = column && !bare.includes(`{${column}}`) ? `${bare} {${column}}`.trim() : bare;
  const kept = column === undefined ? set(next, 'max_audiences', undefined) : next;
  return withAudience(kept, { ...audience, name });
}

/** Audience is an existing audience by its id, or one that the first run makes. */
export type Audience = { kind: 'existing'; id: string } | { kind: 'new'; name: string; description: string };

export function audienceOf(spec: Spec): Audience {
  const audience = object(spec.audience);
  if ('id' in audience) return { kind: 'existing', id: text(audience, 'id') };
  const create = object(audience.create);
  return { kind: 'new', name: text(create, 'name'), description: text(create, 'description') };
}

export function withAudience(spec: Spec, audience: Audience): Spec {
  const before = object(spec.audience);
  if (audience.kind === 'existing')
    return set(spec, 'audience', { ...set(before, 'create', undefined), id: audience.id });
  const old = object(before.create);
  const create = set(
    { ...old, name: audience.name },
    'description',
    audience.description || ('description' in old ? '' : undefined),
  );
  return set(spec, 'audience', { ...set(before, 'id', undefined), create });
}

/** Filling is what fills one field of the destination. */
export interface Filling {
  field: string;
  kind: 'column' | 'constant';
  text: string;
}

export function mappingOf(spec: Spec): Filling[] {
  return Object.entries(object(spec.mapping)).map(([field, value]) => {
    const filled = object(value);
    if ('constant' in filled) return { field, kind: 'constant', text: text(filled, 'constant') };
    return {
      field,
      kind: 'column',
      text: 'column' in filled ? text(filled, 'column') : text({ value }, 'value'),
    };
  });
}

/** withMapping writes what fills each field. What did not change stays written as it was. */
export function withMapping(spec: Spec, fillings: Filling[]): Spec {
  const before = object(spec.mapping);
  const was = new Map(mappingOf(spec).map((f) => [f.field, f]));
  const mapping = fillings.map(({ field, kind, text: value }) => {
    const old = was.get(field);
    if (old?.kind === kind && old.text === value) return [field, before[field]] as const;
    return [field, kind === 'constant' ? { constant: value } : value] as const;
  });
  return set(spec, 'mapping', Object.fromEntries(mapping));
}

const scheduleTypes = ['manual', 'basic', 'cron', 'after', 'webhook'] as const;

export type ScheduleType = (typeof scheduleTypes)[number];

/** Schedule says when a connection runs. */
export interface Schedule {
  type: ScheduleType;
  every: string;
  startAt: string;
  expression: string;
  timezone: string;
  /** after are the connections after whose runs it runs. */
  after: string[];
  webhook: string;
}

export function scheduleOf(spec: Spec): Schedule {
  const s = object(spec.schedule);
  const after = namesOf(s.after);
  const webhook = text(s, 'webhook');
  // A file may leave the type out where it can be but one.
  const type = text(s, 'type') || (after.length > 0 && 'after') || (webhook && 'webhook');
  return {
    type: scheduleTypes.find((t) => t === type) ?? 'manual',
    every: text(s, 'every'),
    startAt: text(s, 'start_at'),
    expression: text(s, 'expression'),
    timezone: text(s, 'timezone'),
    after,
    webhook,
  };
}

/** namesOf reads a name, or a list of them. */
function namesOf(value: unknown): string[] {
  if (typeof value === 'string') return value ? [value] : [];
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

const scheduleKeys = {
  manual: [],
  basic: ['every', 'start_at', 'timezone'],
  cron: ['expression', 'timezone'],
  after: ['after'],
  webhook: ['webhook'],
} satisfies Record<ScheduleType, string[]>;

/** withSchedule writes the keys that the type of a schedule has, and leaves those that nobody knows. */
export function withSchedule(spec: Spec, schedule: Schedule): Spec {
  const values: Record<string, string> = {
    every: schedule.every,
    start_at: schedule.startAt,
    expression: schedule.expression,
    timezone: schedule.timezone,
    webhook: schedule.webhook,
  };
  const before = object(spec.schedule);
  if (schedule.type === 'manual' && !('schedule' in spec)) return spec;
  const wanted: string[] = scheduleKeys[schedule.type];
  let out: Spec = { ...before, type: schedule.type };
  for (const [key, value] of Object.entries(values)) {
    // A type that is chosen anew drops the keys of the one before.
    if (!wanted.includes(key) && text(before, 'type') !== schedule.type) out = set(out, key, undefined);
    else if (value !== text(before, key)) out = set(out, key, value || undefined);
  }
  if (schedule.type === 'after') {
    const [only = '', ...more] = schedule.after;
    out = set(out, 'after', more.length > 0 ? schedule.after : only || undefined);
  } else if (text(before, 'type') !== schedule.type) out = set(out, 'after', undefined);
  return set(spec, 'schedule', out);
}

/** written is a schedule as the API wants it: the keys that its type has. */
export function written(s: Schedule) {
  const zone = s.timezone ? { timezone: s.timezone } : {};
  if (s.type === 'basic')
    return { type: s.type, every: s.every, ...(s.startAt ? { start_at: s.startAt } : {}), ...zone };
  if (s.type === 'cron') return { type: s.type, expression: s.expression, ...zone };
  return { type: 'manual' as const };
}

/** SettingName is the path of a sync setting. */
export type SettingName =
  | 'retain_sync_logs'
  | 'sync_log_retention_days'
  | 'snapshots_to_retain'
  | 'retry_failed_records'
  | 'max_attempts'
  | 'renew_before_days'
  | 'max_shared'
  | 'max_bytes'
  | 'guard.max_removed_percent'
  | 'guard.allow_empty'
  | 'guard.approve_slack_percent';

/** defaults are the settings of a connection that says nothing about them. */
export const defaults: Readonly<Record<SettingName, number | boolean>> = {
  retain_sync_logs: true,
  sync_log_retention_days: 30,
  snapshots_to_retain: 5,
  retry_failed_records: true,
  max_attempts: 5,
  renew_before_days: 30,
  max_shared: 0,
  max_bytes: 0,
  'guard.max_removed_percent': 50,
  'guard.allow_empty': false,
  'guard.approve_slack_percent': 10,
};

/** settingOf is the value of a setting, its default where the spec does not name it. */
export function settingOf<N extends SettingName>(spec: Spec, name: N): number | boolean {
  const settings = object(spec.settings);
  const [first, second] = name.split('.') as [string, string | undefined];
  const value = second ? object(settings[first])[second] : settings[first];
  return typeof value === 'number' || typeof value === 'boolean' ? value : defaults[name];
}

/** withSetting names a setting; undefined takes it out, so that its default holds. */
export function withSetting(spec: Spec, name: SettingName, value: number | boolean | undefined): Spec {
  const settings = object(spec.settings);
  const [first, second] = name.split('.') as [string, string | undefined];
  const inner = second ? set(object(settings[first]), second, value) : value;
  const empty = second && Object.keys(object(inner)).length === 0;
  const next = set(settings, first, empty ? undefined : inner);
  return set(spec, 'settings', Object.keys(next).length > 0 ? next : undefined);
}

/** same says that two specs mean the same, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, v]) => [key, sorted(v)]),
  );
}
