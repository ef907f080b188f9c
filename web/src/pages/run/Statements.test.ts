import { describe, expect, it } from 'vitest';

import { cost, summed } from './Statements';

describe('what a run used of its warehouse', () => {
  it('says nothing where nothing was counted', () => expect(cost({})).toBe(''));
  it('leaves out what the warehouse does not tell', () =>
    expect(cost({ usage: { statements: 1 } })).toBe('1 statement in all. '));
  it('says all that the warehouse tells', () =>
    expect(cost({ usage: { statements: 41, bytes_scanned: 1_200_000_000, seconds: 3.2 } })).toBe(
      "41 statements in all, 1.2 GB read, 3.2 s of the warehouse's time. ",
    ));
});

it('adds up the steps of one name, in the order in which they came', () =>
  expect(
    summed([
      { step: 'stage', rows: 2, seconds: 0.5 },
      { step: 'log', rows: 1, seconds: 0.1 },
      { step: 'stage', rows: 3, seconds: 1 },
    ]),
  ).toEqual([
    { step: 'stage', rows: 5, seconds: 1.5 },
    { step: 'log', rows: 1, seconds: 0.1 },
  ]));
