import { expect, it } from 'vitest';

import type { ConnectionHealth, Object as Stored } from '../api/schema.gen';
import { feeders, usersOf, where } from './objects';

function object(name: string, spec: Stored['spec']): Stored {
  return { name, spec, version: 1, paused: false, created_at: '', updated_at: '' };
}

const x = object('x', { type: 'x_audience', account_id: '18ce', api_url: 'http://127.0.0.1:1' });
const same = object('same', { type: 'x_audience', account_id: '18CE', api_url: 'http://127.0.0.1:1' });
const other = object('other', { type: 'x_audience', account_id: '18ce' });
const connections = [
  object('named', { source: 's', destination: 'x', audience: { id: 'AB1' } }),
  object('made', { source: 's', destination: 'same', audience: { create: { name: 'VIP' } } }),
  object('elsewhere', { source: 't', destination: 'other', audience: { id: 'zz' } }),
  object('young', { source: 't', destination: 'x', audience: { create: { name: 'New' } } }),
];

it('knows which connection feeds an audience, also one that Eddy made', () => {
  const health = [{ connection: 'made', last_run: { audience_id: 'cd2' } }] as ConnectionHealth[];
  expect(Object.fromEntries(feeders(x, [x, same, other], connections, health))).toEqual({
    ab1: 'named',
    cd2: 'made',
  });
  expect(Object.fromEntries(feeders(other, [x, same, other], connections, health))).toEqual({
    zz: 'elsewhere',
  });
});

it('knows who uses a source', () => {
  expect(usersOf('source', 's', connections)).toEqual(['named', 'made']);
  expect(usersOf('destination', 'nobody', connections)).toEqual([]);
});

it('says where something is', () => {
  expect(where({ host: 'db', port: 5432, database: 'shop' })).toBe('db:5432/shop');
  expect(where({ path: 'shop.duckdb' })).toBe('shop.duckdb');
  expect(where({ account_id: '18ce' })).toBe('account 18ce');
  expect(where({ url: '********' })).toBe('by its URL');
  expect(where({})).toBe('');
});
