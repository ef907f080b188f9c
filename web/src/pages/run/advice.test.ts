import { expect, test } from 'vitest';

import { adviceFor, heldBack, sorted } from './advice';

const about = (reason: string, sample_ids: string[] = ['1']) => adviceFor({ reason, sample_ids });

// Reasons as the server writes them.
test.each([
  ['no usable identity (email: no @)', 'invalid', /warehouse/],
  ['phone_number: too short', 'value', /default region/],
  ['phone_number: no country code and no default_region', 'value', /Set a default region/],
  ['rows with the same record id differ; the record is left as it is until they agree', 'invalid', /unique/],
  ['no record id: the identifier column is null', 'invalid', /identifier/],
  ['X: INVALID_PARAMETER: Invalid user (users)', 'rejected', /refused/],
  ['not sent: the run was stopped before', 'failed', /next run/],
  ['rests until its row changes (refusals: 5): X: BAD', 'invalid', /as soon as it changes/],
  ['no answer from X', 'failed', /settles/],
])('%s', (reason, kind, text) => {
  const a = about(reason);
  expect(a.kind).toBe(kind);
  expect(a.text).toMatch(text);
});

test('what the server advises comes first', () => {
  expect(adviceFor({ reason: 'email: no @', sample_ids: [], mend: 'Do this' }).text).toBe('Do this');
});

test('an unknown reason is about the run unless records are named', () => {
  expect(about('the disk is full', []).kind).toBe('run');
  expect(about('strange', ['7']).kind).toBe('rejected');
  expect(about('strange').text).toBe('');
});

test('the guard’s numbers', () => {
  expect(heldBack('the run would remove 900 of 1200 held records (75.0 %, allowed are 50 %)')).toEqual({
    remove: 900,
    held: 1200,
    percent: 75,
    allowed: 50,
  });
  expect(heldBack('the run would empty the audience: it would remove all 12 held records')).toMatchObject({
    remove: 12,
    percent: 100,
    allowed: null,
  });
  expect(heldBack('connection vip: audience a, which it made, was deleted on X')).toBeNull();
});

test('what stopped the run comes first, then the most frequent', () => {
  const list = sorted([
    { reason: 'email: no @', count: 3, sample_ids: ['a'] },
    { reason: 'phone_number: too short', count: 9, sample_ids: ['b'] },
    { reason: 'the disk is full', count: 1, sample_ids: [] },
  ]);
  expect(list.map((e) => e.count)).toEqual([1, 9, 3]);
});
