// Draws the pictures of the README: make screenshots.
import { mkdirSync, statSync } from 'node:fs';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { Server, sql, table } from './world';

withBrowser();

const folder = new URL('../../docs/images/', import.meta.url).pathname;

/** most is how large a picture may be, in bytes. */
const most = 150_000;

let server: Server;
let shown = '';

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await Promise.all([
    table(
      'customers',
      `SELECT i AS id, 'customer' || i || '@example.com' AS email,
         CASE WHEN i % 2 = 0 THEN '+1415555' || lpad((i % 10000)::text, 4, '0') END AS phone,
         (i % 40) * 25 AS spent FROM generate_series(1, 20000) i`,
    ),
    table(
      'subscribers',
      "SELECT i AS id, CASE WHEN i % 900 = 0 THEN 'none' ELSE 'reader' || i || '@example.com' END AS email FROM generate_series(1, 6000) i",
    ),
  ]);
  await sql(
    'CREATE SCHEMA IF NOT EXISTS crm; ALTER TABLE customers SET SCHEMA crm; ALTER TABLE subscribers SET SCHEMA crm',
  );
  server = await Server.furnished();
  const daily = { schedule: { type: 'cron', expression: '0 */6 * * *' } };
  await server.connect('vip', 'crm.customers', {
    ...daily,
    mapping: { email: 'email', phone_number: 'phone' },
    audience: { create: { name: 'VIP', description: 'Top customers' } },
  });
  await server.connect('newsletter', 'crm.subscribers', {
    schedule: { type: 'basic', every: '12h' },
    audience: { create: { name: 'Newsletter' } },
  });
  await server.run('vip');
  await server.run('newsletter');
  for (let day = 1; day <= 4; day++) {
    await sql(`DELETE FROM crm.customers WHERE id % 97 = ${day};
      UPDATE crm.customers SET email = 'moved${day}.' || email WHERE id % 61 = ${day}`);
    await server.run('vip');
  }
  await sql("UPDATE crm.customers SET email = 'broken', phone = NULL WHERE id % 1500 = 0");
  shown = (await server.run('vip')).run_id;
  await sql('DELETE FROM crm.subscribers WHERE id > 2000');
  await server.run('newsletter');
}, 120_000);

const ada = () => Visitor.as(server, 'ada@example.com', { width: 1200, height: 750 });

function picture(name: string, open: (v: Visitor) => Promise<void>): void {
  walk(name, ada, async (v) => {
    await open(v);
    await v.settled();
    const path = `${folder}${name}.png`;
    // Charts draw themselves in.
    await v.page.waitForTimeout(1_500);
    await v.page.screenshot({ path });
    expect(statSync(path).size, `bytes of ${path}`).toBeLessThan(most);
  });
}

picture('overview', (v) => v.open('/', 'Overview'));

picture('run', async (v) => {
  await v.open(`/runs/${shown}`);
  await v.page.getByRole('region', { name: 'Outcome' }).waitFor();
});

picture('mapping', async (v) => {
  await v.open('/connections/vip?tab=setup&edit=mapping');
  await v.page.getByRole('combobox', { name: 'Column for phone_number' }).waitFor();
  await v.page.getByText('Sample row').first().waitFor();
  await v.page
    .getByText('Sample row')
    .first()
    .evaluate((bar) => window.scrollTo({ top: bar.getBoundingClientRect().top + window.scrollY - 90 }));
});
