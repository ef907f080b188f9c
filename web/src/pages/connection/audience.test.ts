import { expect, test } from 'vitest';

import type { Run, Size } from '../../api/schema.gen';
import { audienceID, heldText, verdict } from './audience';

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

test('audienceID is known from the first run on', () => {
  expect(audienceID({ audience: { create: { name: 'a' } } }, undefined, [])).toBe('');
  expect(
    audienceID({ audience: { create: { name: 'a' } } }, undefined, [
      { audience_id: '' },
      { audience_id: 'x' },
    ]),
  ).toBe('x');
  expect(audienceID({ audience: { create: { name: 'a' } } }, size({}), [])).toBe('a');
  expect(audienceID({ audience: { id: 'own' } }, size({}), [{ audience_id: 'x' }])).toBe('own');
});

test('heldText tells what the counts of runs tell, and no more', () => {
  const none = { insert: 0, update: 0, delete: 0, renew: 0, reassert: 0, unchanged: 0, rows: 0, invalid: 0 };
  const run = (status: Run['status'], more: Partial<Run['counts']>) => ({
    status,
    counts: { ...none, delivered: 0, rejected: 0, failed: 0, requests: 1, bytes: 0, ...more },
  });
  const all = { insert: 1, update: 2, renew: 3, reassert: 4, unchanged: 1000, delete: 7 };
  const open = 'a plan counts them';
  expect(heldText([], 'mirror')).toBe(open);
  expect(heldText([run('succeeded', all)], 'mirror')).toBe('up to 1,010');
  expect(heldText([run('succeeded', all)], 'upsert')).toBe(open);
  expect(heldText([run('completed_with_errors', all)], undefined)).toBe(open);
  // What sent nothing changed nothing; what stopped on the way leaves it open.
  expect(heldText([run('failed', { requests: 0 }), run('succeeded', all)], 'mirror')).toBe('up to 1,010');
  expect(heldText([run('failed', {}), run('succeeded', all)], 'mirror')).toBe(open);
  expect(heldText([run('succeeded', { requests: 0, unchanged: 5 }), run('failed', {})], 'mirror')).toBe(
    'up to 5',
  );
});
