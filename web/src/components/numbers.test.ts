import { describe, expect, it } from 'vitest';

import { byName, bytes, count, duration, percent, plural } from './numbers';

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

  it.each([
    [0, 3, '0 %'],
    [3, 3, '100 %'],
    [1, 2, '50 %'],
    [2, 3, '66.7 %'],
    [9_996, 10_000, '99.96 %'],
    [999_999, 1_000_000, '99.9999 %'],
    [1, 1_000_000, '0.0001 %'],
    [4, 10_000, '0.04 %'],
    [0, 0, '0 %'],
  ])('%d of %d are %s', (some, all, text) => expect(percent(some, all)).toBe(text));

  it('orders names with their numbers as numbers', () =>
    expect(['shop 10', 'Shop 2', 'shop 2', 'crm'].sort(byName)).toEqual([
      'crm',
      'Shop 2',
      'shop 2',
      'shop 10',
    ]));

  it('writes sizes', () => {
    expect(bytes(663)).toBe('663 B');
    expect(bytes(2_400_000)).toBe('2.4 MB');
  });
});
