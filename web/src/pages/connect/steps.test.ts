import { describe, expect, it } from 'vitest';

import { Problem } from '../../api/client';
import { at, mistakesOf } from './mistakes';
import { beside, incomplete, missing, stepIDs, stepOf, steps } from './steps';

const whole = {
  source: 'shop',
  table: 'customers',
  destination: 'x',
  audience: { create: { name: 'VIP' } },
  identifier: 'id',
  mapping: { email: 'email' },
};

describe('steps', () => {
  it('are all told, in order', () => {
    expect(steps.map((s) => s.id)).toEqual([...stepIDs]);
    expect(beside('source', -1)).toBeUndefined();
    expect(beside('source', 1)).toBe('people');
    expect(beside('review', 1)).toBeUndefined();
    expect(stepOf('mapping')).toBe('mapping');
    expect(stepOf('nonsense')).toBe('source');
  });

  it('ask for the column of several audiences, and for it in their name', () => {
    expect(missing({ ...whole, split_by: '' }, 'audience', [])).toContain('Choose the column');
    expect(missing({ ...whole, split_by: 'country' }, 'audience', [])).toContain('{country}');
    const named = { ...whole, audience: { create: { name: 'VIP {country}' } }, split_by: 'country' };
    expect(missing(named, 'audience', [])).toBe('');
  });

  it('say what they need', () => {
    expect(incomplete({}, ['email'])).toEqual([
      { step: 'source', text: 'Choose or add a source.' },
      { step: 'people', text: 'Choose a table.' },
      { step: 'mapping', text: 'Choose the column that tells rows apart.' },
      { step: 'audience', text: 'Choose or add an X account.' },
    ]);
    expect(incomplete(whole, ['email'])).toEqual([]);
    expect(missing({ sql: ' ' }, 'people', [])).toBe('Write a query.');
    expect(missing({ table: 't', where: { all: [{ column: 'c', is: '' }] } }, 'people', [])).toContain(
      'condition',
    );
    expect(missing({ table: 't', where: { all: [{ column: 'c', is: 'US' }] } }, 'people', [])).toBe('');
    expect(missing({ destination: 'x', audience: { id: '' } }, 'audience', [])).toBe('Choose an audience.');
    expect(
      missing({ identifier: 'id', mapping: { email: 'a', phone_number: '' } }, 'mapping', ['email']),
    ).toBe('Choose what fills phone_number.');
    expect(missing({ identifier: 'id', mapping: { expires_at: 'a' } }, 'mapping', ['email'])).toContain(
      'matched by',
    );
    expect(missing({ schedule: { type: 'cron', expression: '' } }, 'when', [])).toBe(
      'Write a cron expression.',
    );
    expect(missing({ schedule: { type: 'basic' } }, 'when', [])).toBe('Say how often it runs.');
  });
});

describe('mistakes of the server', () => {
  const found = mistakesOf(
    new Problem(
      {
        detail: 'the configuration has 4 mistakes',
        errors: [
          { pointer: '/spec/mapping/email', detail: 'has no value', mend: 'write a column' },
          { pointer: '/spec/schedule/expression', detail: '"x" does not work as a schedule' },
          { pointer: '/spec', detail: 'unknown key' },
          { key: 'sources.old.path', detail: 'is missing' },
        ],
      },
      422,
    ),
  );

  it('go to the step that mends them', () => {
    expect(found.map((m) => m.step)).toEqual(['mapping', 'when', 'review', 'review']);
  });

  it('are told at their field', () => {
    expect(at(found, 'mapping/email')).toBe('Has no value: write a column.');
    expect(at(found, 'mapping')).toBe('Has no value: write a column.');
    expect(at(found, 'schedule/expression')).toBe('"x" does not work as a schedule.');
    expect(at(found, 'schedule/every')).toBeUndefined();
    expect(found[3]?.text).toBe('Sources.old.path: is missing.');
  });
});
