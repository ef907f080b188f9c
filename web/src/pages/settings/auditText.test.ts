import { describe, expect, it } from 'vitest';

import type { Audit } from '../../api/schema.gen';
import { auditSentence, changesOf, via } from './auditText';

function line(over: Partial<Audit>): Audit {
  return {
    id: 1,
    at: '2026-11-23T10:00:00Z',
    actor: { id: 'u_1', name: 'ada@example.com', via: 'session' },
    action: 'update',
    kind: 'source',
    name: 'shop',
    ...over,
  };
}

const names = new Map([
  ['u_2', 'bob@example.com'],
  ['al_1', 'Failures'],
]);

describe('auditSentence', () => {
  it.each<[Partial<Audit>, string]>([
    [{}, 'changed the source shop'],
    [{ action: 'create', kind: 'destination', name: 'x' }, 'made the X account x'],
    [
      { action: 'look up', kind: 'person', name: '', detail: { by: 'phone_number', connections: 3 } },
      'looked a person up by phone number',
    ],
    [
      { action: 'download_events', kind: 'connection', name: 'vip' },
      'downloaded the record events of the connection vip',
    ],
    [{ action: 'pause', kind: 'connection', name: 'vip' }, 'paused the connection vip'],
    [
      { action: 'cancel', kind: 'run', name: 'r1', detail: { connection: 'vip' } },
      'cancelled the run r1 of vip',
    ],
    [
      { action: 'reject', kind: 'run', name: 'r1', detail: { connection: 'vip', note: 'cut' } },
      'rejected the run r1 of vip: “cut”',
    ],
    [{ action: 'delete', kind: 'alert_rule', name: 'al_1' }, 'deleted the alert rule Failures'],
    [{ action: 'create', kind: 'token', name: 't_1', detail: { name: 'airflow' } }, 'made the token airflow'],
    [{ action: 'delete', kind: 'token', name: 't_1' }, 'deleted the token t_1'],
    [
      {
        action: 'update',
        kind: 'user',
        name: 'u_2',
        detail: { role: 'editor', raw_values: true, disabled: true },
      },
      'changed the person bob@example.com: editor, sees values as they are, disabled',
    ],
    [{ action: 'log in', kind: 'user', name: 'u_1' }, 'logged in'],
    [{ action: 'rotate', kind: 'key', name: '4f' }, 'rotated the key of secrets'],
    [{ action: 'sing', kind: 'song', name: 'la' }, 'sing song la'],
  ])('%o', (over, want) => {
    expect(auditSentence(line(over), names)).toBe(want);
  });
});

it('says by what means', () => {
  const by = (means: string, action = 'update') =>
    via(line({ actor: { id: '', name: '', via: means }, action }));
  expect(by('session')).toBe('');
  expect(by('token airflow')).toBe('with the token airflow');
  expect(by('command')).toBe('by command');
  expect(by('127.0.0.1', 'log-in refused')).toBe('from 127.0.0.1');
});

it('lists what changed, and names secrets only', () => {
  const detail = {
    changed: { host: { old: 'a', new: 'b' }, files: { new: ['x'] }, table: { old: 't' } },
    secrets: ['password'],
  };
  expect(changesOf(detail)).toEqual([
    { key: 'host', before: 'a', after: 'b' },
    { key: 'files', before: '', after: '["x"]' },
    { key: 'table', before: 't', after: '' },
    { key: 'password', before: '(secret)', after: '(secret)' },
  ]);
  expect(changesOf(null)).toEqual([]);
  expect(changesOf({ role: 'admin' })).toEqual([]);
});
