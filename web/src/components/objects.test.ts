import { expect, it } from 'vitest';

import type { Connection, ConnectionHealth } from '../api/schema.gen';
import { feeders, usersOf, where, type Stored } from './objects';

function account(name: string, spec: Stored['spec']): Stored {
  return { name, spec: { type: 'x_audience', ...spec }, version: 1, updated_at: '' };
}

it('knows which connection feeds an audience, also through another name of the account', () => {
  const x = account('x', { account_id: '18ce', api_url: 'http://127.0.0.1:1' });
  const same = account('same', { account_id: '18CE', api_url: 'http://127.0.0.1:1' });
  const other = account('other', { account_id: '18ce' });
  const health = [
    { connection: 'named', destination: 'x', audience_id: 'AB1' },
    { connection: 'made', destination: 'same', audience_id: 'cd2' },
    { connection: 'elsewhere', destination: 'other', audience_id: 'zz' },
    { connection: 'young', destination: 'x', audience_id: '' },
  ] as ConnectionHealth[];
  expect(Object.fromEntries(feeders(x, [x, same, other], health))).toEqual({ ab1: 'named', cd2: 'made' });
  expect(Object.fromEntries(feeders(other, [x, same, other], health))).toEqual({ zz: 'elsewhere' });
});

it('knows who uses a source', () => {
  const connections = ['s', 't', 's'].map((source, i) => ({
    name: `c${i}`,
    spec: { source },
  })) as Connection[];
  expect(usersOf('source', 's', connections)).toEqual(['c0', 'c2']);
  expect(usersOf('destination', 'nobody', connections)).toEqual([]);
});

it('says where something is', () => {
  expect(where({ host: 'db', port: 5432, database: 'shop' })).toBe('db:5432/shop');
  expect(where({ path: 'shop.duckdb' })).toBe('shop.duckdb');
  expect(where({ account_id: '18ce' })).toBe('account 18ce');
  expect(where({ url: '********' })).toBe('by its URL');
  expect(where({})).toBe('');
});
