import { expect, test } from 'vitest';

import { ownership, usedBy } from './audienceUse';

const campaign = (...servable: boolean[]) => ({
  id: 'c',
  name: 'Summer',
  line_items: servable.map((s, i) => ({ id: `l${i}`, name: '', servable: s })),
});

test('usedBy counts campaigns, line items, and those that people see now', () => {
  expect(usedBy({ campaigns: [], more: false })).toBe('');
  expect(usedBy({ campaigns: [campaign(true)], more: false })).toBe(
    '1 campaign with 1 line item, of which 1 can be shown now',
  );
  expect(usedBy({ campaigns: [campaign(false, false), campaign(false)], more: true })).toBe(
    'More than 2 campaigns with 3 line items, of which none can be shown now',
  );
});

test('ownership tells what X tells, and what it does not', () => {
  const own = { owner: 'a', mine: true, read_only: false };
  expect(ownership({ ...own, owner: '', shared_with: null })).toContain('does not tell whose');
  expect(ownership({ ...own, shared_with: null })).toContain('does not tell this account');
  expect(ownership({ ...own, shared_with: [] })).toContain('shared with no other');
  expect(ownership({ ...own, shared_with: [{ account: 'b', read_only: true }] })).toContain('b (reads it)');
  expect(ownership({ owner: 'b', mine: false, read_only: true, shared_with: null })).toContain(
    'cannot change it',
  );
});
