import { expect, test } from 'vitest';

import type { Size } from '../../api/schema.gen';
import { verdict } from './audience';

const size = (s: Partial<Size>): Size => ({
  at: '2026-01-01T00:00:00Z',
  audience_id: 'a',
  size: 5,
  targetable: false,
  ...s,
});

test('verdict', () => {
  expect(verdict(undefined).state).toBe('unknown');
  expect(verdict(size({ targetable: true })).state).toBe('targetable');
  // A fresh audience is both: too small because nobody is matched yet.
  expect(verdict(size({ size: null, reasons: ['PROCESSING', 'TOO_SMALL'] })).state).toBe('processing');
  expect(verdict(size({ reasons: ['TOO_SMALL'] })).state).toBe('small');
  expect(verdict(size({ reasons: ['ODD'] })).text).toContain('ODD');
});
