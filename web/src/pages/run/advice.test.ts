import { expect, test } from 'vitest';

import type { Run, RunError } from '../../api/schema.gen';
import { adviceFor, barOf, nothing, percentOf, removalText, sorted, stopped } from './advice';

const reason = (part: Partial<RunError>): RunError => ({ reason: 'why', count: 1, sample_ids: [], ...part });

test('what a reason is about, and its cure, are the server’s', () => {
  expect(adviceFor(reason({ about: 'row', mend: 'Do this' }))).toEqual({ kind: 'row', text: 'Do this' });
  expect(adviceFor(reason({}))).toEqual({ kind: 'run', text: '' });
  expect(adviceFor(reason({ sample_ids: ['7'] })).kind).toBe('refused');
});

test('what stopped a run is found, and only where it stopped', () => {
  const errors = [reason({ about: 'row', sample_ids: ['1'] }), reason({ about: 'run', reason: 'no disk' })];
  expect(stopped({ status: 'failed', errors })?.reason).toBe('no disk');
  expect(stopped({ status: 'completed_with_errors', errors })).toBeUndefined();
});

test('a run that read a row did not come to nothing', () => {
  const counts = Object.fromEntries(
    ['rows', 'insert', 'update', 'delete', 'renew', 'reassert', 'unchanged', 'requests'].map((k) => [k, 0]),
  ) as unknown as Run['counts'];
  expect(nothing({ counts })).toBe(true);
  expect(nothing({ counts: { ...counts, rows: 1 } })).toBe(false);
});

const removal = { identities: 900, held_identities: 1200, people: 3, held_people: 400, empties: false };

test('the guard’s numbers', () => {
  expect(removalText(removal)).toBe('900 of 1,200 identities and 3 of 400 people');
  expect(percentOf(removal)).toBe('75 %');
  expect(percentOf({ ...removal, people: 400 })).toBe('100 %');
  expect(percentOf({ ...removal, held_people: 3000, people: 2999, identities: 0 })).toBe('99.97 %');
  expect(barOf(removal)).toBe(75);
  expect(removalText({ ...removal, identities: 1, held_identities: 1, people: 1, held_people: 1 })).toBe(
    '1 of 1 identity and 1 of 1 person',
  );
});

test('what stopped the run comes first, then the most frequent', () => {
  const list = sorted([
    { reason: 'email: no @', count: 3, sample_ids: ['a'], about: 'value' },
    { reason: 'phone_number: too short', count: 9, sample_ids: ['b'], about: 'value' },
    { reason: 'the disk is full', count: 1, sample_ids: [], about: 'run' },
  ]);
  expect(list.map((e) => e.count)).toEqual([1, 9, 3]);
});
