import { describe, expect, test } from 'vitest';

import type { Run } from '../../api/schema.gen';
import { pace, sentText, stepStates, told, took, type Progress } from './progress';

const base: Progress = {
  step: 'add',
  rows: 10,
  compared: 0,
  done: 0,
  total: 0,
  sent: 0,
  to_send: 0,
  requests: 0,
  bytes: 0,
  phases: {},
};
const running = (p: Partial<Progress>) =>
  ({ status: 'running', progress: { ...base, ...p } }) as unknown as Run;

describe('pace', () => {
  test('tells share, rate and time left from the time in the step', () => {
    expect(pace({ ...base, done: 25_000, total: 100_000, phases: { stage: 90, add: 5 } })).toEqual({
      percent: 25,
      rate: 5_000,
      left: 15,
    });
  });
  test('knows nothing of steps without a total', () => {
    expect(pace({ ...base, step: 'compare', done: 5, total: 10 })).toEqual({
      percent: null,
      rate: 0,
      left: null,
    });
    expect(pace(base).percent).toBeNull();
  });
  test('gives no time left before anything is done', () => {
    expect(pace({ ...base, total: 10, phases: { add: 3 } })).toEqual({ percent: 0, rate: 0, left: null });
  });
  test('tells how fast rows are read, and not how long that takes', () => {
    expect(pace({ ...base, step: 'stage', rows: 40_000, phases: { stage: 4 } })).toEqual({
      percent: null,
      rate: 10_000,
      left: null,
    });
  });
  test('counts what later steps have to send as well', () => {
    const p = {
      ...base,
      step: 'remove',
      done: 50,
      total: 100,
      sent: 50,
      to_send: 400,
      phases: { remove: 5 },
    };
    expect(pace(p)).toEqual({ percent: 50, rate: 10, left: 35 });
    expect(sentText(p)).toBe('50 of 400');
    expect(sentText(base)).toBe('–');
  });
  test('never passes a hundred', () => {
    expect(pace({ ...base, done: 12, total: 10, phases: { add: 1 } }).percent).toBe(100);
  });
});

describe('stepStates', () => {
  test('of a run under way: before, at and after the step', () => {
    const s = stepStates(
      running({ step: 'add', phases: { begin: 1, stage: 1, compare: 1, share: 1, seal: 1, add: 1 } }),
    );
    expect(s).toMatchObject({ stage: 'done', remove: 'left out', add: 'now', settle: 'to come' });
  });
  test('of one that ended well: nothing was stopped', () => {
    const s = stepStates({
      status: 'succeeded',
      phases: { begin: 1, stage: 1, add: 1, settle: 1, prune: 1 },
    });
    expect(s).toMatchObject({ add: 'done', remove: 'left out', prune: 'done' });
    expect(Object.values(s)).not.toContain('stopped');
  });
  test('of one that failed: where it stopped', () => {
    const s = stepStates({ status: 'failed', phases: { stage: 1, compare: 2 } });
    expect(s).toMatchObject({ stage: 'done', compare: 'stopped', seal: 'left out' });
  });
  test('of one that waits: all to come', () => {
    expect(new Set(Object.values(stepStates({ status: 'queued' })))).toEqual(new Set(['to come']));
  });
});

test('told changes every ten percent and with each step', () => {
  expect(told(running({ done: 41, total: 100 }))).toBe(told(running({ done: 49, total: 100 })));
  expect(told(running({ done: 49, total: 100 }))).not.toBe(told(running({ done: 50, total: 100 })));
  expect(told(running({ done: 1, total: 100 }))).toContain('under 10 percent');
  expect(told(running({ done: 0, total: 100 }))).toContain(' 0 percent');
  expect(told(running({ step: 'compare' }))).toBe('Compare.');
  expect(told(running({ step: 'stage', note: 'the warehouse starts' }))).toContain('the warehouse starts');
  expect(told({ status: 'completed_with_errors' } as Run)).toBe('The run ended: completed with errors.');
});

test('took counts until the end, or until now', () => {
  const started_at = '2026-01-01T00:00:00Z';
  expect(took({ started_at, finished_at: '2026-01-01T00:00:03.5Z' }, 0)).toBe(3.5);
  expect(took({ started_at, finished_at: null }, Date.parse('2026-01-01T00:01:00Z'))).toBe(60);
  expect(took({ started_at: null, finished_at: null }, 0)).toBeNull();
});
