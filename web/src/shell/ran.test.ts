import { beforeEach, expect, test } from 'vitest';

import { forgetRan, History, titleOf } from './ran';

beforeEach(() => localStorage.clear());

test('the newest is first, and each is kept once', () => {
  const history = new History(localStorage, 'ada', 'shop');
  for (const [i, sql] of ['SELECT 1', 'SELECT 2', ' SELECT 1\n', '  '].entries()) history.add(sql, i);
  expect(history.list()).toEqual([
    { sql: 'SELECT 1', at: 2 },
    { sql: 'SELECT 2', at: 1 },
  ]);
  expect(new History(localStorage, 'grace', 'shop').list()).toEqual([]);
  expect(new History(localStorage, 'ada', 'crm').list()).toEqual([]);
  history.forget();
  expect(history.list()).toEqual([]);
});

test('no more are kept than a list shows, and nothing that is no query', () => {
  const history = new History(localStorage, 'ada', 'shop');
  for (let i = 0; i < 30; i++) history.add(`SELECT ${i}`, i);
  expect(history.list()).toHaveLength(20);
  history.add('x'.repeat(20_000), 31);
  expect(history.list()[0]?.sql).toBe('SELECT 29');
  for (const broken of ['{', '{}', 'null', '[{"sql": 1, "at": 2}, 3]']) {
    localStorage.setItem('eddy.ran.ada.shop', broken);
    expect(history.list()).toEqual([]);
  }
});

test('a title is one short line', () => {
  expect(titleOf('SELECT *\n  FROM\tpeople\n')).toBe('SELECT * FROM people');
  expect(titleOf('x'.repeat(100))).toHaveLength(70);
});

test('nothing is left for whoever comes next', () => {
  localStorage.setItem('eddy.draft.ada.1', 'kept');
  new History(localStorage, 'ada', 'shop').add('SELECT 1', 1);
  new History(localStorage, 'grace', 'crm').add('SELECT 2', 2);
  forgetRan(localStorage);
  expect(Object.keys(localStorage)).toEqual(['eddy.draft.ada.1']);
});
