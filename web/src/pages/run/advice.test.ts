import { expect, test } from 'vitest';

import { adviceFor, barOf, percentOf, removalText, sorted } from './advice';

const about = (reason: string, sample_ids: string[] = ['1'], mend?: string) =>
  adviceFor({ reason, count: 1, sample_ids, mend });

// Reasons as the server writes them.
test.each([
  ['no usable identity (email: no @)', 'invalid'],
  ['no identity: all identity fields are empty', 'invalid'],
  ['rows with the same record id differ; the record is left as it is until they agree', 'invalid'],
  ['no record id: the identifier column is null', 'invalid'],
  ['expires_at: not later than effective_at', 'invalid'],
  ['rests until its row changes (refusals: 5): X: BAD', 'invalid'],
  ['its removal rests until its row changes (refusals: 5): X: BAD', 'invalid'],
  ['phone_number: too short', 'value'],
  ['X: INVALID_PARAMETER: Invalid user (users)', 'rejected'],
  ['not sent: the run was stopped before', 'failed'],
  ['no answer from X', 'failed'],
  ['no answer settled whether it arrived; the next run settles it', 'failed'],
  ['X answered with status 503', 'failed'],
  ['cancelled', 'run'],
])('%s', (reason, kind) => {
  expect(about(reason).kind).toBe(kind);
});

test('what the server advises comes first', () => {
  expect(about('X: BAD', ['1'], 'Do this').text).toBe('Do this');
  expect(about('X: BAD').text).toMatch(/own/);
});

test('an unknown reason is about the run unless records are named', () => {
  expect(about('the disk is full', []).kind).toBe('run');
  expect(about('strange', ['7']).kind).toBe('rejected');
  expect(about('strange').text).toBe('');
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
    { reason: 'email: no @', count: 3, sample_ids: ['a'] },
    { reason: 'phone_number: too short', count: 9, sample_ids: ['b'] },
    { reason: 'the disk is full', count: 1, sample_ids: [] },
  ]);
  expect(list.map((e) => e.count)).toEqual([1, 9, 3]);
});
