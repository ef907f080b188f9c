import { expect, test } from 'vitest';

import type { Connection, ConnectionHealth } from '../../api/schema.gen';
import { rowsOf, sortOf, view, type Row } from './rows';

const base: Row = {
  name: 'a',
  source: 'shop',
  destination: 'x',
  audience: 'VIP',
  state: 'healthy',
  active: null,
  lastRun: null,
  lastRunID: null,
  lastSuccess: null,
  nextRun: null,
  startedAfter: '',
  size: null,
  alerts: 0,
  unusable: '',
};
const rows: Row[] = [
  { ...base, name: 'b10', state: 'failing', lastRun: '2026-01-02T00:00:00Z', size: 0 },
  { ...base, name: 'b9', audience: 'Lapsed', lastRun: '2026-01-01T00:00:00.5Z', active: 'running', size: 7 },
  { ...base, name: 'A1', state: 'new' },
];
const named = (r: Row[]) => r.map((x) => x.name);

test('sorts by name as people count', () => {
  expect(named(view(rows, {}))).toEqual(['A1', 'b9', 'b10']);
  expect(named(view(rows, { sort: '-name' }))).toEqual(['b10', 'b9', 'A1']);
});

test('sorts by time, with what never ran last both ways', () => {
  expect(named(view(rows, { sort: 'last' }))).toEqual(['b9', 'b10', 'A1']);
  expect(named(view(rows, { sort: '-last' }))).toEqual(['b10', 'b9', 'A1']);
});

test('sorts by size, with none known last', () => {
  expect(named(view(rows, { sort: 'size' }))).toEqual(['b10', 'b9', 'A1']);
  expect(named(view(rows, { sort: '-size' }))).toEqual(['b9', 'b10', 'A1']);
});

test('sorts what needs somebody first', () => {
  expect(named(view(rows, { sort: 'state' }))).toEqual(['b10', 'b9', 'A1']);
});

test('filters by text and by state', () => {
  expect(named(view(rows, { q: ' laps ' }))).toEqual(['b9']);
  expect(named(view(rows, { state: 'failing' }))).toEqual(['b10']);
  expect(named(view(rows, { state: 'running' }))).toEqual(['b9']);
  expect(view(rows, { q: 'none such' })).toEqual([]);
});

test('an address that was mistyped sorts by name', () => {
  expect(sortOf('-colour')).toEqual({ by: 'name', down: false });
});

test('joins what is stored with how it does', () => {
  const spec = { source: 'shop', destination: 'x', audience: { create: { name: 'VIP' } } };
  const objects = [
    { name: 'vip', spec, paused: true, next_runs: ['2026-01-01T00:00:00Z'] },
    { name: 'other', spec, paused: false, next_runs: ['2026-01-01T00:00:00Z'] },
  ] as unknown as Connection[];
  const health = [
    {
      connection: 'other',
      state: 'failing',
      open_alerts: 2,
      active: { run_id: 'r2', status: 'queued', requested_at: '2026-01-03T00:00:00Z' },
      last_run: { run_id: 'r1', requested_at: '2026-01-02T00:00:00Z' },
    },
  ] as unknown as ConnectionHealth[];
  const [vip, other] = rowsOf(objects, health);
  expect(vip).toMatchObject({ state: 'paused', nextRun: null, lastRun: null, audience: 'VIP' });
  expect(other).toMatchObject({ state: 'failing', active: 'queued', lastRunID: 'r2', alerts: 2 });
});
