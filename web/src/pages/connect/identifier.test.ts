import { expect, it } from 'vitest';

import type { Rows } from '../../api/schema.gen';
import { tally } from './identifier';

const rows: Rows = {
  columns: [
    { name: 'id', type: 'INTEGER' },
    { name: 'email', type: 'VARCHAR' },
  ],
  rows: [
    ['1', 'a@example.com'],
    ['2', null],
    ['3', 'a@example.com'],
    [null, 'b@example.com'],
  ],
  masked: false,
};

it('a column is judged by what is missing and what comes twice', () => {
  expect(tally(rows, 'id')).toEqual({ rows: 4, nulls: 1, repeated: 0 });
  expect(tally(rows, 'email')).toEqual({ rows: 4, nulls: 1, repeated: 2 });
  expect(tally(rows, 'ID')).toBeUndefined();
});

it('masked values tell nothing about what comes twice', () => {
  expect(tally({ ...rows, masked: true }, 'email')).toEqual({ rows: 4, nulls: 1, repeated: null });
});
