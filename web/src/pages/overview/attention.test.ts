import { expect, test } from 'vitest';

import type { Connection, ConnectionHealth } from '../../api/schema.gen';
import { attention } from './attention';

const now = Date.parse('2026-03-03T12:00:00Z');
const counts = { rejected: 0, failed: 0, invalid: 0 };

const health = (connection: string, h: object) =>
  ({ connection, state: 'healthy', open_alerts: 0, ...h }) as ConnectionHealth;
const run = (status: string, reason = '', c: object = {}) => ({
  run_id: 'r1',
  status,
  requested_at: '2026-03-03T11:00:00Z',
  finished_at: '2026-03-03T11:01:00Z',
  errors: reason ? [{ reason, count: 1, sample_ids: [] }] : [],
  counts: { ...counts, ...c },
});
const stored = (name: string, o: object = {}) =>
  ({
    name,
    paused: false,
    next_runs: ['2026-03-03T13:00:00Z'],
    created_at: '2026-01-01T00:00:00Z',
    ...o,
  }) as Connection;

test('nothing where all is well', () => {
  const h = health('a', { last_success: '2026-03-03T11:00:00Z', last_run: run('succeeded') });
  expect(attention([h], [stored('a')], now)).toEqual([]);
});

test('the most urgent comes first, each connection once', () => {
  const list = attention(
    [
      health('out', {
        state: 'degraded',
        last_success: '2026-03-03T11:00:00Z',
        last_run: run('completed_with_errors', 'email: no @', { invalid: 3, rejected: 1 }),
        open_alerts: 1,
      }),
      health('failed', { state: 'failing', last_run: run('failed', 'the disk is full') }),
      health('refused', {
        state: 'failing',
        last_run: run('failed', 'deliver: X answered 401 UNAUTHORIZED'),
      }),
      health('held', {
        state: 'needs_approval',
        last_run: run(
          'needs_approval',
          'the run would remove 2 of 3 identities and 2 of 3 people (66.7 %, allowed are 50 %)',
        ),
      }),
    ],
    ['out', 'failed', 'refused', 'held'].map((n) => stored(n)),
    now,
  );
  expect(list.map((a) => `${a.connection}: ${a.need}`)).toEqual([
    'held: approval',
    'refused: credentials',
    'failed: failed',
    'out: left out',
  ]);
  expect(list[3]?.title).toBe('4 records left out');
  expect(list[2]?.text).toBe('The disk is full.');
});

test('stale is what has a schedule and no success in a day', () => {
  const old = health('a', { last_success: '2026-03-02T11:59:00Z', last_run: run('succeeded') });
  expect(attention([old], [stored('a')], now)[0]?.need).toBe('stale');
  expect(attention([old], [stored('a', { next_runs: [] })], now)).toEqual([]);
  expect(attention([old], [stored('a', { paused: true })], now)).toEqual([]);
  // A connection that was made just now has missed nothing.
  expect(attention([health('a', {})], [stored('a', { created_at: '2026-03-03T11:00:00Z' })], now)).toEqual(
    [],
  );
});

test('open alerts of a connection that is well otherwise', () => {
  const h = health('a', { last_success: '2026-03-03T11:00:00Z', open_alerts: 2 });
  expect(attention([h], [stored('a')], now)[0]).toMatchObject({ need: 'alert', title: '2 open alerts' });
});
