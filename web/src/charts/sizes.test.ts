import { expect, test } from 'vitest';

import type { Size } from '../api/schema.gen';
import { highest, near, pointsOf, sizesLabel } from './sizes';

const size = (size: number | null): Size => ({
  at: '2026-01-01T00:00:00Z',
  audience_id: 'a',
  size,
  targetable: false,
});

test('sizes are drawn oldest first, and only those that X told', () => {
  const points = pointsOf([size(120), size(null), size(60)]);
  expect(points.map((p) => p.size)).toEqual([60, 120]);
  expect(sizesLabel(points)).toBe(
    'Size of the audience at 2 times; the newest is 120. At 1 time it was too small to target, under 100.',
  );
  expect(sizesLabel(pointsOf([size(100)]))).toBe('Size of the audience at 1 time; the newest is 100.');
});

test('the mark is inside of the chart where it matters', () => {
  expect(near(pointsOf([size(5)]))).toBe(true);
  expect(near(pointsOf([size(1000)]))).toBe(false);
  expect(highest(pointsOf([size(5)]))).toBe(120);
  expect(highest(pointsOf([size(500)]))).toBe(500);
});
