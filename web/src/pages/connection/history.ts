import type { Changed, ConnectionVersion } from '../../api/schema.gen';
import { same, type Spec } from '../connect/spec';
import { shown, type Change } from '../settings/auditText';

/** parts are what people call the keys of a connection. */
const parts: Record<string, string> = {
  source: 'the source',
  table: 'the model',
  sql: 'the model',
  where: 'which rows are in it',
  destination: 'the X account',
  audience: 'the audience',
  sync_mode: 'the sync mode',
  identifier: 'the identifier',
  mapping: 'the mapping',
  schedule: 'the schedule',
  settings: 'the settings',
};

/** deed says in words what somebody did to a connection; who did it stands before. */
export function deed(v: Pick<ConnectionVersion, 'version' | 'first' | 'changes'>): string {
  if (v.first) return v.version === 1 ? 'made the connection' : 'left it as it was when the history began';
  const paused = v.changes.find((c) => c.path === '/paused');
  const keys = v.changes.filter((c) => c !== paused).map((c) => names(c.path)[0] ?? '');
  const changed = [...new Set(keys.map((key) => parts[key] ?? key))];
  const deeds = changed.length > 0 ? [`changed ${listed(changed)}`] : [];
  if (paused) deeds.push(paused.new === true ? 'paused it' : 'resumed it');
  return deeds.join(' and ') || 'saved it as it was';
}

function listed(words: string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** names are the keys on a path, without where all of them begin. */
function names(path: string): string[] {
  return path
    .split('/')
    .filter((part, i) => i > 1 || (i === 1 && part !== 'spec'))
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** rowsOf are changes as a table has them. */
export function rowsOf(changes: readonly Changed[]): Change[] {
  return changes.map((c) => ({ key: names(c.path).join('.'), before: shown(c.old), after: shown(c.new) }));
}

/** differences are what is different between two specs, as deep as there are objects in the place. */
export function differences(before: unknown, after: unknown, key = ''): Change[] {
  if (same(before, after)) return [];
  const [a, b] = [object(before), object(after)];
  const keys = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].sort();
  if ((!a && before !== undefined) || (!b && after !== undefined) || keys.length === 0)
    return [{ key, before: shown(before), after: shown(after) }];
  return keys.flatMap((k) => differences(a?.[k], b?.[k], key ? `${key}.${k}` : k));
}

function object(value: unknown): Spec | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Spec) : undefined;
}

/** isPresent says whether a version is what the connection is made of now, as far as those after it tell. */
export function isPresent(versions: readonly ConnectionVersion[], index: number): boolean {
  return versions.slice(0, index).every((v) => v.changes.every((c) => c.path === '/paused'));
}
