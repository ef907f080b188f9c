import type { Audit } from '../../api/schema.gen';
import { roleLabel, type Role } from './roles';

/** Names are what ids stand for; an id that is not among them stays as it is. */
export type Names = ReadonlyMap<string, string>;

const things: Record<string, string> = {
  source: 'the source',
  destination: 'the X account',
  connection: 'the connection',
  suppression: 'the suppression list',
  audience: 'the audience',
  run: 'the run',
  user: 'the person',
  token: 'the token',
  alert_rule: 'the alert rule',
  webhook: 'the webhook',
  key: 'the key of secrets',
};

const deeds: Record<string, string> = {
  create: 'made',
  update: 'changed',
  delete: 'deleted',
  pause: 'paused',
  resume: 'resumed',
  start: 'started',
  approve: 'approved',
  reject: 'rejected',
  cancel: 'cancelled',
  rotate: 'rotated',
  upload: 'uploaded to',
  clear: 'cleared',
  preview: 'looked at',
  hear: 'called',
  refuse: 'was refused at',
  renew: 'gave another secret to',
  download_events: 'downloaded the record events of',
};

/** auditSentence tells a line of the audit log: what was done to what. Who did it stands before. */
export function auditSentence(a: Audit, names: Names): string {
  const detail = fields(a.detail);
  if (a.kind === 'user' && a.action === 'log in') return 'logged in';
  if (a.kind === 'user' && a.action === 'log-in refused') return 'was refused at the log-in';
  if (a.kind === 'person')
    return `looked a person up by ${text(detail.by)?.replaceAll('_', ' ') ?? 'something'}`;
  const name = names.get(a.name) ?? (a.kind === 'token' && text(detail.name)) ?? a.name;
  const deed = deeds[a.action] ?? a.action;
  const thing = things[a.kind] ?? a.kind;
  const what = a.kind === 'key' ? `${deed} ${thing}` : `${deed} ${thing} ${name || a.name}`;
  if (a.kind === 'run' && text(detail.connection)) {
    const note = text(detail.note);
    return `${what} of ${text(detail.connection)}${note ? `: “${note}”` : ''}`;
  }
  if (a.kind === 'user' && a.action !== 'delete' && text(detail.role)) {
    const can = [roleLabel(detail.role as Role).toLowerCase()];
    if (detail.raw_values === true) can.push('sees values as they are');
    if (detail.disabled === true) can.push('disabled');
    return `${what}: ${can.join(', ')}`;
  }
  return what;
}

/** via says by what means somebody did something; nothing where it was the page. */
export function via(a: Pick<Audit, 'actor' | 'action'>): string {
  if (a.actor.via === 'session' || !a.actor.via) return '';
  if (a.actor.via.startsWith('token ')) return `with the ${a.actor.via}`;
  return a.action === 'log-in refused' ? `from ${a.actor.via}` : `by ${a.actor.via}`;
}

export interface Change {
  key: string;
  before: string;
  after: string;
}

/** changesOf are the keys that an object's change made different, secrets by name alone. */
export function changesOf(detail: unknown): Change[] {
  const d = fields(detail);
  const rows = Object.entries(fields(d.changed)).map(([key, pair]) => {
    const { old, new: now } = fields(pair);
    return { key, before: shown(old), after: shown(now) };
  });
  const secrets = Array.isArray(d.secrets) ? d.secrets.map(String) : [];
  return [...rows, ...secrets.map((key) => ({ key, before: '(secret)', after: '(secret)' }))];
}

/** shown writes a value in a line. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
