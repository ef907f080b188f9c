import { describe, expect, it } from 'vitest';

import { cost } from './Statements';

describe('what a run used of its warehouse', () => {
  it('says nothing where nothing was counted', () => expect(cost({})).toBe(''));
  it('leaves out what the warehouse does not tell', () =>
    expect(cost({ usage: { statements: 1 } })).toBe('1 statement in all. '));
  it('says all that the warehouse tells', () =>
    expect(cost({ usage: { statements: 41, bytes_scanned: 1_200_000_000, seconds: 3.2 } })).toBe(
      "41 statements in all, 1.2 GB read, 3.2 s of the warehouse's time. ",
    ));
});
