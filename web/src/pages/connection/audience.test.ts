import { expect, test } from 'vitest';

import type { Run, Size } from '../../api/schema.gen';
import { byDay, verdict } from './audience';

const size = (s: Partial<Size>): Size => ({
  at: '2026-01-01T00:00:00Z',
  audience_id: 'a',
  size: 5,
  targetable: false,
  ...s,
});

test('verdict', () => {
  expect(verdict(undefined).state).toBe('unknown');
  expect(verdict(size({ targetable: true })).state).toBe('targetable');
  // A fresh audience is both: too small because nobody is matched yet.
  expect(verdict(size({ size: null, reasons: ['PROCESSING', 'TOO_SMALL'] })).state).toBe('processing');
  expect(verdict(size({ reasons: ['TOO_SMALL'] })).state).toBe('small');
  expect(verdict(size({ reasons: ['ODD'] })).text).toContain('ODD');
});

const run = (requested_at: string, counts: Partial<Run['counts']>, status = 'succeeded') =>
  ({
    requested_at,
    status,
    counts: { rows: 0, requests: 0, insert: 0, update: 0, delete: 0, delivered: 0, ...counts },
  }) as Run;

test('byDay has each day, and no run of another', () => {
  const days = byDay(
    [
      run('2026-03-02T23:59:00Z', { rows: 10, insert: 3, delete: 1, delivered: 4, requests: 2 }),
      run('2026-03-02T01:00:00Z', { rows: 10, update: 2, delivered: 2, requests: 1 }),
      run('2026-03-02T02:00:00Z', {}, 'skipped'),
      run('2026-02-01T00:00:00Z', { rows: 99, delivered: 1 }),
    ],
    3,
    Date.parse('2026-03-03T12:00:00Z'),
  );
  expect(days.map((d) => d.day)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
  expect(days[1]).toEqual({ day: '2026-03-02', runs: 2, rows: 20, requests: 3, added: 5, removed: 1 });
  expect(days[0]?.runs).toBe(0);
});

test('byDay counts no removal that the guard held back', () => {
  const days = byDay(
    [run('2026-03-03T01:00:00Z', { delete: 900 }, 'needs_approval')],
    1,
    Date.parse('2026-03-03T12:00:00Z'),
  );
  expect(days[0]).toMatchObject({ runs: 1, removed: 0 });
});
