import { describe, expect, it } from 'vitest';

import type { Column, Field, Suggestions } from '../../api/schema.gen';
import { choiceOf, fitOf, likely, personal, suggested, usable } from './fits';

const fields: Field[] = ['email', 'phone_number', 'handle'].map((name) => ({
  name,
  help: '',
  identity: true,
}));

const found: Suggestions = {
  columns: [
    { name: 'id', type: 'BIGINT', fields: [{ field: 'handle', confidence: 0.2, filled: 200, valid: 200 }] },
    { name: 'mail', type: 'VARCHAR', fields: [{ field: 'email', confidence: 0.9, filled: 200, valid: 198 }] },
    {
      name: 'tel',
      type: 'VARCHAR',
      fields: [{ field: 'phone_number', confidence: 0.7, filled: 9, valid: 9 }],
    },
    { name: 'code', type: 'VARCHAR', fields: [] },
  ],
  mapping: { phone_number: 'tel', email: 'mail' },
  choices: [
    { field: 'email', column: 'mail', why: 'it is called so' },
    {
      field: 'phone_number',
      column: 'tel',
      why: 'it is called so',
      runner_up: 'code',
      runner_up_why: 'maybe',
    },
  ],
  identifiers: ['id', 'mail'],
  warnings: [],
  sampled_rows: 200,
};
const columns: Column[] = found.columns.map(({ name, type }) => ({
  name,
  type,
  properties: ['text'],
  samples: [],
}));

describe('suggestions', () => {
  it('come in the order of the fields', () => {
    expect(suggested(found, fields, [])).toEqual([
      { field: 'email', kind: 'column', text: 'mail' },
      { field: 'phone_number', kind: 'column', text: 'tel' },
    ]);
    expect(suggested(undefined, fields, [])).toEqual([]);
  });

  it('leave out fields that are filled, and columns that are used', () => {
    expect(
      suggested(found, fields, [{ field: 'email', kind: 'constant', text: 'x' }]).map((f) => f.field),
    ).toEqual(['phone_number']);
    expect(
      suggested(found, fields, [{ field: 'handle', kind: 'column', text: 'tel' }]).map((f) => f.field),
    ).toEqual(['email']);
  });

  it('are told for a column and a field', () => {
    expect(fitOf(found, 'email', 'mail')?.valid).toBe(198);
    expect(fitOf(found, 'email', 'tel')).toBeUndefined();
  });

  it('say why, for the column that was suggested', () => {
    expect(choiceOf(found, { field: 'phone_number', kind: 'column', text: 'tel' })?.runner_up).toBe('code');
    expect(choiceOf(found, { field: 'phone_number', kind: 'column', text: 'code' })).toBeUndefined();
    expect(choiceOf(found, { field: 'email', kind: 'constant', text: 'mail' })).toBeUndefined();
    expect(choiceOf(undefined, { field: 'email', kind: 'column', text: 'mail' })).toBeUndefined();
  });
});

describe('identifiers', () => {
  it('come first, and no column is left out', () => {
    expect(likely([...columns].reverse(), found).map((c) => c.name)).toEqual(['id', 'mail', 'code', 'tel']);
    expect(likely(columns, undefined)).toEqual(columns);
  });

  it('that hold personal data are known', () => {
    expect(personal(found, 'mail')).toBe(true);
    expect(personal(found, 'tel')).toBe(true);
    expect(personal(found, 'id')).toBe(false);
    expect(personal(found, 'nothing')).toBe(false);
  });
});

it('tells how many rows have something to be known by, most first', () => {
  expect(usable(found)).toEqual([
    { field: 'email', rows: 198 },
    { field: 'phone_number', rows: 9 },
  ]);
  expect(usable({ ...found, mapping: { handle: 'code' } })).toEqual([]);
});
