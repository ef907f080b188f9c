import { expect, test } from 'vitest';

import { inside } from './inside';

test.each(['/', '/connections/vip', '/runs/2026?tab=records#r1', '/a b', '/x?to=https://evil.example'])(
  '%j is of this page',
  (to) => {
    expect(inside(to)).toBe(to);
  },
);

test.each([
  undefined,
  '',
  'connections',
  'https://evil.example/',
  'javascript:alert(1)',
  '//evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '//',
  '/login',
  '/login?to=/login',
])('%j is not', (to) => {
  expect(inside(to)).toBe('/');
});
