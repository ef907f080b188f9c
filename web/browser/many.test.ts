import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { Server, table, warehouse, xAccount } from './world';

withBrowser();

let server: Server;

/** most bounds the elements of a page, however much it tells of. */
const most = 3_500;

beforeAll(async () => {
  await table('unusable', "SELECT i AS id, 'nobody ' || i AS email FROM generate_series(1, 100000) i");
  server = await Server.furnished();
  const connections: Record<string, unknown> = {};
  for (let i = 1; i <= 1_000; i++)
    connections[`c${String(i).padStart(4, '0')}`] = {
      source: 'shop',
      table: 'public.unusable',
      destination: 'x',
      audience: { create: { name: `Audience ${i}` } },
      identifier: 'id',
      mapping: { email: 'email' },
    };
  // JSON is YAML as well.
  await server.call('POST', '/api/v1/config', {
    config: JSON.stringify({ sources: { shop: warehouse }, destinations: { x: xAccount }, connections }),
  });
});

const ada = () => Visitor.as(server, 'ada@example.com');

/** quick fails where the page does not answer within a time. */
async function quick(what: string, ms: number, act: () => Promise<unknown>): Promise<void> {
  const begun = Date.now();
  await act();
  expect(Date.now() - begun, what).toBeLessThan(ms);
}

walk('1,000 connections stay smooth', ada, async (v) => {
  await v.open('/connections', 'Connections');
  await v.sees('1,000 connections');
  expect(await v.nodes()).toBeLessThan(most);
  await quick('search', 5_000, async () => {
    await v.page.getByLabel('Search connections').fill('c0777');
    await v.page.getByRole('link', { name: 'c0777' }).waitFor();
    await v.sees('1 of 1,000 connections');
  });
  await v.accessible();
  await v.page.getByLabel('Search connections').fill('');
  await v.press('Page 2');
  await v.page.getByRole('link', { name: 'c0026' }).waitFor();
  await v.open('/', 'Overview');
  await v.settled();
  expect(await v.nodes()).toBeLessThan(most);
  await v.open('/sources', 'Sources');
  await v.sees('and 997 more');
  expect(await v.nodes()).toBeLessThan(most);
  await v.accessible();
});

walk('a run with 100,000 records that failed stays smooth', ada, async (v) => {
  const { run_id: id, status } = await server.run('c0001');
  expect(status).toBe('completed_with_errors');
  await v.open(`/runs/${id}?tab=records`);
  const records = v.page.getByRole('region', { name: 'Table of records' });
  await records.getByRole('row').nth(5).waitFor();
  expect(await v.nodes()).toBeLessThan(most);
  for (let page = 0; page < 5; page++)
    await quick('scroll', 5_000, async () => {
      const first = await records.getByRole('row').nth(1).textContent();
      await records.evaluate((e) => e.scrollTo({ top: e.scrollHeight }));
      await expect
        .poll(() => records.getByRole('row').nth(1).textContent(), { timeout: 5_000 })
        .not.toBe(first);
    });
  expect(await v.nodes()).toBeLessThan(most);
  await v.accessible();
});
