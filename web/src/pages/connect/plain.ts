import { bytes, plural } from '../../components/numbers';
import {
  audienceOf,
  mostAudiences,
  splitOf,
  mappingOf,
  modelOf,
  same,
  scheduleOf,
  settingOf,
  text,
  type Schedule,
  type Spec,
} from './spec';
import type { StepID } from './steps';
import { count, whole, type Condition } from './where/conditions';

const units: Record<string, [string, string]> = {
  m: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  d: ['day', 'days'],
};

/** interval writes an interval such as "1h30m" for people: "1 hour 30 minutes". */
export function interval(every: string): string {
  if (!/^(\d+[mhd])+$/.test(every)) return every;
  return Array.from(every.matchAll(/(\d+)([mhd])/g), ([, n = '', unit = '']) => {
    const [one = unit, many = unit] = units[unit] ?? [];
    return `${n} ${n === '1' ? one : many}`;
  }).join(' ');
}

/** cadence says in words when a connection runs. */
export function cadence(s: Schedule): string {
  const zone = s.timezone || 'UTC';
  if (s.type === 'manual') return 'Only when somebody starts it.';
  if (s.type === 'after')
    return s.after.length > 0
      ? `After each run of ${s.after.join(' or ')} that ended well.`
      : 'After another connection.';
  if (s.type === 'webhook')
    return s.webhook ? `When the webhook ${s.webhook} tells that work ended well.` : 'When a webhook comes.';
  if (s.type === 'cron')
    return s.expression
      ? `At the times of ${s.expression}, in ${zone}.`
      : 'At the times of a cron expression.';
  if (!s.every) return 'At an interval.';
  return `Every ${interval(s.every).replace(/^1 (\w+)$/, '$1')}, counted from ${s.startAt || '00:00'} ${zone}.`;
}

/** Line is one thing that the review says. */
export interface Line {
  step: StepID;
  what: string;
  text: string;
  /** code is a query, shown as it is. */
  code?: string;
}

function rowsOf(spec: Spec, table: string): Line {
  const conditions = count(whole(spec.where as Condition | undefined));
  if (conditions === 0) return { step: 'people', what: 'People', text: `Every row of ${table}.` };
  return {
    step: 'people',
    what: 'People',
    text: `The rows of ${table} that fulfil ${plural(conditions, 'condition')}.`,
    code: JSON.stringify(spec.where, null, 1),
  };
}

/** review says in plain words what a connection will do. */
export function review(spec: Spec): Line[] {
  const model = modelOf(spec);
  const audience = audienceOf(spec);
  const upsert = text(spec, 'sync_mode') === 'upsert';
  const fills = mappingOf(spec).map((f) =>
    f.kind === 'constant' ? `${f.field} is always ${f.text}` : `${f.field} from ${f.text}`,
  );
  return [
    { step: 'source', what: 'Source', text: text(spec, 'source') },
    model.kind === 'sql'
      ? { step: 'people', what: 'People', text: 'Every row that this query gives:', code: model.text }
      : rowsOf(spec, model.text),
    { step: 'audience', what: 'X account', text: text(spec, 'destination') },
    {
      step: 'audience',
      what: 'Audience',
      text:
        audience.kind === 'existing'
          ? `The existing audience ${audience.id}. People whom others added to it stay in it.`
          : splitOf(spec)
            ? `An audience for each value of ${splitOf(spec)}, at most ${mostAudiences(spec)}, with names like “${audience.name}”.`
            : `A new audience with the name “${audience.name}”, which the first run makes.`,
    },
    {
      step: 'when',
      what: 'Sync mode',
      text: upsert
        ? 'Upsert: people are added and updated, and never removed.'
        : 'Mirror: people are added, updated, and removed when their row is gone.',
    },
    {
      step: 'mapping',
      what: 'Identifier',
      text: `Rows are told apart by ${text(spec, 'identifier')}.`,
    },
    { step: 'mapping', what: 'Mapping', text: `${fills.join(', ')}.` },
    { step: 'when', what: 'Schedule', text: cadence(scheduleOf(spec)) },
    { step: 'when', what: 'Settings', text: settings(spec) },
  ];
}

/** Changed is a line of the review before a change and after it. */
export interface Changed {
  what: string;
  before: Line | undefined;
  after: Line | undefined;
}

/** changedLines are the lines of the review that differ between two specs. */
export function changedLines(before: Spec, after: Spec): Changed[] {
  const was = review(before);
  const told = (line: Line | undefined) => JSON.stringify([line?.text, line?.code]);
  return review(after)
    .map((line) => ({ what: line.what, before: was.find((w) => w.what === line.what), after: line }))
    .filter((c) => told(c.before) !== told(c.after));
}

function settings(spec: Spec): string {
  const n = (name: Parameters<typeof settingOf>[1]) => String(settingOf(spec, name));
  const of = (name: Parameters<typeof settingOf>[1], what: string) =>
    plural(Number(settingOf(spec, name)), what);
  const guard = `A run that would remove more than ${n('guard.max_removed_percent')} % of the people waits for approval`;
  const empty = settingOf(spec, 'guard.allow_empty')
    ? '; one that removes everybody does not.'
    : '; so does one that removes everybody.';
  const log = settingOf(spec, 'retain_sync_logs')
    ? `The sync log is kept for ${of('sync_log_retention_days', 'day')}`
    : 'No sync log is kept';
  const kept = `, with ${of('snapshots_to_retain', 'snapshot')}.`;
  const retry = settingOf(spec, 'retry_failed_records')
    ? `A record that X refuses is sent in up to ${of('max_attempts', 'run')}.`
    : 'A record that X refuses is not sent again until its row changes.';
  const shared = settingOf(spec, 'max_shared')
    ? ` A run is refused while one identity stands in more than ${of('max_shared', 'row')}.`
    : '';
  const cost = settingOf(spec, 'max_bytes')
    ? ` A run is refused while the warehouse would read more than ${bytes(Number(settingOf(spec, 'max_bytes')))}.`
    : '';
  return `${guard}${empty}${shared}${cost} ${log}${kept} ${retry} Memberships are renewed ${of('renew_before_days', 'day')} before they lapse.`;
}

/** Meaning is what a change of a connection does to people. */
export interface Meaning {
  /** serious changes may take people out, or leave them behind. */
  serious: boolean;
  /** people says that the next run may add people or take some out because of it. */
  people: boolean;
  text: string;
}

/**
 * meanings say what the changes of a connection will mean for the people in its audience. held is
 * the id of the audience that it feeds now, where one knows it.
 */
export function meanings(before: Spec, after: Spec, held = ''): Meaning[] {
  const out: Meaning[] = [];
  const changed = (...keys: string[]) => keys.some((key) => !same(before[key], after[key]));
  const add = (serious: boolean, said: string, people = true) => out.push({ serious, people, text: said });
  if (changed('where') && !changed('table', 'sql'))
    add(
      true,
      upserts(after)
        ? 'Which rows are mirrored changes. The next run adds who fulfils the conditions; who does not stays.'
        : 'Which rows are mirrored changes. The next run adds who fulfils the conditions, and removes who does not.',
    );
  if (changed('table', 'sql'))
    add(
      true,
      upserts(after)
        ? 'The model changes. The next run adds the people of the new one; those who are only in the old one stay.'
        : 'The model changes. The next run adds who is new in it, and removes who is no longer in it.',
    );
  if (changed('destination', 'audience') && otherAudience(before, after, held))
    add(
      true,
      'The audience changes. The next run fills the new one and waits for approval; the people in the old one stay there. To empty that one first, let the model return no rows and approve the run.',
    );
  if (changed('split_by'))
    add(
      true,
      splitOf(before) !== undefined && splitOf(after) !== undefined
        ? 'Another column says which audiences there are. The next run makes one for each of its values, and waits for approval where that empties one of before.'
        : 'Whether there is one audience or several changes. The next run waits for approval; the people in what it fed before stay there. To empty that first, let the model return no rows and approve the run.',
    );
  if (changed('sync_mode'))
    add(
      true,
      upserts(after)
        ? 'From the next run on nobody is removed any more, also nobody who opted out.'
        : 'The next run removes everybody whose row has gone since they were added.',
    );
  if (changed('identifier'))
    add(
      false,
      'Rows get other names. The next run compares all of them anew; people who are in the model before and after stay in the audience all the time.',
    );
  if (changed('mapping'))
    add(
      true,
      upserts(after)
        ? 'The mapping changes. The next run sends what is new; what people were known by before stays.'
        : 'The mapping changes. The next run sends what is new, and removes what people were known by and no longer are.',
    );
  if (changed('settings') && looser(before, after))
    add(true, 'The guard lets larger removals pass without asking than before.', false);
  if (changed('schedule')) add(false, `It runs at other times: ${cadence(scheduleOf(after))}`, false);
  return out;
}

function upserts(spec: Spec): boolean {
  return text(spec, 'sync_mode') === 'upsert';
}

/** otherAudience says whether a connection is to feed another audience than it does. */
export function otherAudience(before: Spec, after: Spec, held: string): boolean {
  const now = audienceOf(after);
  const stays = text(before, 'destination') === text(after, 'destination');
  if (stays && now.kind === 'existing' && held && now.id.toLowerCase() === held.toLowerCase()) return false;
  return !same(audienceKey(before), audienceKey(after));
}

function audienceKey(spec: Spec): unknown {
  const audience = audienceOf(spec);
  // An audience that was made stays the connection's own, whatever it is called later.
  return [text(spec, 'destination'), audience.kind, audience.kind === 'existing' ? audience.id : ''];
}

function looser(before: Spec, after: Spec): boolean {
  return (
    settingOf(after, 'guard.max_removed_percent') > settingOf(before, 'guard.max_removed_percent') ||
    settingOf(after, 'guard.allow_empty') > settingOf(before, 'guard.allow_empty')
  );
}
