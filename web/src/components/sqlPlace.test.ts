import { expect, test } from 'vitest';

import { rangeOf } from './sqlPlace';

const text = "SELECT '😀', nope\nFROM x y";

test.each([
  [{ line: 1, column: 13 }, 'nope'],
  [{ line: 1, column: 9 }, '😀'],
  [{ line: 2, column: 6 }, 'x'],
  [{ line: 2, column: 0 }, 'FROM x y'],
  [{ line: 2, column: 9 }, ''],
  [{ line: 9, column: 1 }, 'FROM'],
  [{ line: 1, column: 99 }, ''],
])('%o is %s', (point, want) => {
  const { from, to } = rangeOf(text, point);
  expect(text.slice(from, to)).toBe(want);
});
