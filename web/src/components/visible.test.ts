import { describe, expect, it } from 'vitest';

import { short, visible } from './visible';

describe('visible', () => {
  it('writes what cannot be seen as its code point', () => {
    expect(visible('a\u202eb')).toBe('a<U+202E>b');
    expect(visible('\u2066x\u2069\u200f\u061c')).toBe('<U+2066>x<U+2069><U+200F><U+061C>');
    expect(visible('\u001b[31m\n\u2028\u0085')).toBe('<U+001B>[31m<U+000A><U+2028><U+0085>');
  });
  it('leaves all other texts', () => {
    for (const text of ['', 'VIP', 'Käufer', '顧客', 'عملاء', 'नाम\u200dक', '👩‍👧'])
      expect(visible(text)).toBe(text);
  });
});

it('cuts between what people see as letters', () => {
  const family = '👩‍👩‍👧‍👦';
  expect(short(family.repeat(3), 3)).toBe(family.repeat(3));
  expect(short(family.repeat(4), 3)).toBe(`${family.repeat(2)}…`);
  expect(short('e\u0301'.repeat(3), 2)).toBe('e\u0301…');
  expect(short('abc', 3)).toBe('abc');
});
