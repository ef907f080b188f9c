import { describe, expect, it } from 'vitest';

import { seenText } from './seen';

describe('seenText', () => {
  it('tells what a column has in common', () => {
    expect(seenText({ kind: 'e-mail', valid: 'all', nulls: 'none', length: '9 to 64' })).toBe(
      'e-mail, 9 to 64 characters',
    );
    expect(seenText({ kind: 'mixed', valid: 'some', nulls: 'some', length: 'mixed' })).toBe(
      'mixed, some not valid, mixed characters, some null',
    );
    expect(seenText(undefined)).toBe('not told');
  });
});
