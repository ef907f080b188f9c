import { describe, expect, it } from 'vitest';

import { guessed, neighbours } from './guess';

describe('how two tables may belong together', () => {
  it('is guessed by names', () => {
    expect(guessed('crm.customers', ['id', 'email'], 'crm.orders', ['id', 'customer_id', 'total'])).toEqual({
      key: 'customer_id',
      ofKey: 'id',
      name: 'orders',
    });
    expect(guessed('companies', ['company_id'], 'visits', ['company_id', 'id']).ofKey).toBe('company_id');
    expect(guessed('users', ['id', 'account'], 'logins', ['id', 'account'])).toEqual({
      key: 'account',
      ofKey: 'account',
      name: 'logins',
    });
  });
  it('is guessed by the names of files', () => {
    const found = guessed('/data/customers.csv', ['id'], '/data/orders.csv.gz', ['number', 'customer_id']);
    expect(found).toEqual({ key: 'customer_id', ofKey: 'id', name: 'orders' });
  });
  it('is left to a person where no name tells', () => {
    expect(guessed('a', ['id'], 'b', ['id', 'x']).key).toBe('');
  });
});

it('finds the tables beside a table', () => {
  const tables = ['public.customers', 'public.orders', 'public.opt_outs', 'crm.notes', 'loose'];
  expect(neighbours('public.customers', tables, [])).toEqual(['public.orders', 'public.opt_outs']);
  expect(neighbours('public.customers', tables, ['public.orders'])).toEqual(['public.opt_outs']);
  expect(neighbours('loose', ['loose', 'other'], [])).toEqual(['other']);
  const many = Array.from({ length: 14 }, (_, i) => `public.t${i}`);
  expect(neighbours('public.t0', many, [])).toEqual([]);
});
