import { describe, expect, it } from 'vitest';

import { bytes, count, duration, plural } from './numbers';

describe('numbers for people', () => {
  it('has separators, and one of a thing', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect(plural(1, 'row')).toBe('1 row');
    expect(plural(2000, 'row')).toBe('2,000 rows');
  });

  it.each([
    [0, 'under 0.1 s'],
    [0.01, 'under 0.1 s'],
    [0.44, '0.4 s'],
    [12, '12 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [-1, ''],
  ])('writes %d seconds', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('writes sizes', () => {
    expect(bytes(663)).toBe('663 B');
    expect(bytes(2_400_000)).toBe('2.4 MB');
  });
});
