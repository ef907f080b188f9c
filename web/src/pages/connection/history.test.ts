import { describe, expect, it } from 'vitest';

import type { Changed, ConnectionVersion } from '../../api/schema.gen';
import { deed, differences, isPresent, rowsOf } from './history';

const version = (n: number, changes: Changed[], first = false): ConnectionVersion => ({
  version: n,
  at: '2026-11-29T10:00:00Z',
  actor: { id: 'u', name: 'ada@example.com', via: 'session' },
  paused: false,
  first,
  changes,
});

describe('deed', () => {
  it('says what somebody did', () => {
    expect(deed(version(1, [], true))).toBe('made the connection');
    expect(deed(version(7, [], true))).toBe('left it as it was when the history began');
    expect(deed(version(2, [{ path: '/paused', old: false, new: true }]))).toBe('paused it');
    const many = ['/spec/mapping/email', '/spec/mapping/handle', '/spec/schedule/every', '/spec/suppress'];
    expect(deed(version(2, [...many.map((path) => ({ path })), { path: '/paused', new: false }]))).toBe(
      'changed the mapping, the schedule and suppress and resumed it',
    );
    expect(deed(version(2, []))).toBe('saved it as it was');
  });
});

describe('what changed', () => {
  it('names values by their keys', () => {
    expect(
      rowsOf([
        { path: '/spec/settings/guard/max_removed_percent', new: 80 },
        { path: '/spec/mapping/a~1b~0', old: 'x' },
        { path: '/paused', old: false, new: true },
      ]),
    ).toEqual([
      { key: 'settings.guard.max_removed_percent', before: '', after: '80' },
      { key: 'mapping.a/b~', before: 'x', after: '' },
      { key: 'paused', before: 'false', after: 'true' },
    ]);
  });
  it('goes as deep as objects do', () => {
    const before = { table: 'a', mapping: { email: 'mail' }, where: { all: [1] } };
    const after = { table: 'a', mapping: { email: 'mail', handle: 'h' }, settings: {}, where: { all: [2] } };
    expect(differences(before, after)).toEqual([
      { key: 'mapping.handle', before: '', after: 'h' },
      { key: 'settings', before: '', after: '{}' },
      { key: 'where.all', before: '[1]', after: '[2]' },
    ]);
    expect(differences(before, { ...before })).toEqual([]);
  });
});

describe('going back', () => {
  it('is offered where something would change', () => {
    const versions = [
      version(4, [{ path: '/paused', new: true }]),
      version(3, [{ path: '/spec/table', old: 'a', new: 'b' }]),
      version(2, []),
    ];
    expect(versions.map((_, i) => isPresent(versions, i))).toEqual([true, true, false]);
  });
});
