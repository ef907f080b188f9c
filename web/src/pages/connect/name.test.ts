import { expect, it } from 'vitest';

import { suggestedName } from './name';

it('suggests the name of the audience, of the table, or of the source', () => {
  const audience = (name: string) => ({ source: 'shop', audience: { create: { name } } });
  expect(suggestedName(audience('VIP  customers (DACH)!'), [])).toBe('vip-customers-dach');
  expect(suggestedName(audience('Größte Kunden 😀'), [])).toBe('größte-kunden');
  expect(suggestedName(audience('😀'), [])).toBe('shop');
  expect(suggestedName({ table: 'main.Top_Customers', audience: { id: '1nmth' } }, [])).toBe('top-customers');
  expect(suggestedName({}, [])).toBe('');
});

it('suggests no name that is taken', () => {
  const spec = { audience: { create: { name: 'VIP' } } };
  expect(suggestedName(spec, ['vip'])).toBe('vip-2');
  expect(suggestedName(spec, ['vip', 'vip-2', 'vip-3'])).toBe('vip-4');
});

it('stays within what a name may be', () => {
  const spec = { audience: { create: { name: `${'a'.repeat(59)} b` } } };
  expect(suggestedName(spec, [])).toBe('a'.repeat(59));
});
