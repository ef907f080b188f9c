import { createHash } from 'node:crypto';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, members, Server, sql, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await table(
    'customers',
    `SELECT i AS id, 'customer' || i || '@example.com' AS email, i % 10 = 0 AS unsubscribed FROM generate_series(1, 200) i`,
  );
  // Every fourth customer has two orders of late; others have old ones, or one.
  await sql(`DROP TABLE IF EXISTS orders; CREATE TABLE orders AS
    SELECT c AS customer_id, 50 + n AS total, now() - n * interval '10 days' AS placed_at FROM generate_series(4, 200, 4) c, generate_series(1, 2) n
    UNION ALL SELECT c, 500, now() - interval '200 days' FROM generate_series(1, 200) c, generate_series(1, 3)
    UNION ALL SELECT c, 20, now() FROM generate_series(1, 200, 4) c`);
  server = await Server.furnished();
});

const ada = () => Visitor.as(server, 'ada@example.com');

/** expected are the customers who are asked for. */
const expected = Array.from({ length: 200 }, (_, i) => i + 1).filter((i) => i % 4 === 0 && i % 10 !== 0);

walk('from a question about people to an audience, without SQL', ada, async (v) => {
  await v.open('/connect', 'Connect');
  // What there is only one of is chosen.
  await v.page.getByRole('radio', { name: 'shop', checked: true }).waitFor();
  await v.press('Continue');
  await v.fill('Search tables', 'customers');
  await v.page.getByRole('treeitem', { name: 'customers' }).last().click();
  await v.sees('200 rows in the table.');
  await v.press('Add a condition');
  await v.page.getByRole('menuitem', { name: 'unsubscribed' }).click();
  await v.choose('Value for unsubscribed', 'no');
  await v.sees('180 rows fulfil the conditions.');
  // A relation is made where it is needed, and kept on the source.
  await v.press('Add a condition');
  await v.page.getByRole('menuitem', { name: 'The rows of another table…' }).click();
  await v.page.getByRole('combobox', { name: 'Table', exact: true }).fill('public.orders');
  await v.accessible();
  await v.press('Use it');
  await v.page.getByRole('textbox', { name: 'Number for orders' }).fill('2');
  await v.press('Only some of them');
  await v.page.getByRole('textbox', { name: 'Value for placed_at' }).fill('90');
  await v.sees(`${expected.length} rows fulfil the conditions.`);
  await v.accessible();
  await v.press('Show the SQL');
  await v.sees('GROUP BY r."customer_id" HAVING COUNT(*) >= 2');
  // Who comes back finds the conditions as they were.
  await v.page.reload();
  await v.sees(`${expected.length} rows fulfil the conditions.`);
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.inside();
  await v.accessible();
  await v.page.setViewportSize({ width: 1440, height: 900 });
  await v.press('Continue');
  await v.page.getByRole('combobox', { name: 'Column for email' }).waitFor();
  // What is still coming moves the button away.
  await v.sees('Sample row');
  await v.sees(`All ${expected.length} rows have a value, each a different one.`);
  await v.press('Continue');
  await v.page.getByRole('radio', { name: 'x', checked: true }).waitFor();
  await v.fill(/^Name of the audience/, 'Loyal');
  for (const next of ['When should it run, and how?', 'Is this what you want?']) {
    await v.press('Continue');
    await v.page.getByRole('heading', { level: 2, name: next }).waitFor();
  }
  await v.sees('The rows of public.customers that fulfil 2 conditions.');
  await v.fill(/^Name of the connection/, 'loyal');
  await v.sees('The plan is ready. Nothing was sent, and nothing was changed.');
  await v.press('Create and run');
  await v.page.waitForURL('**/runs/*');
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  const digests = expected.map((i) => createHash('sha256').update(`customer${i}@example.com`).digest('hex'));
  const held = await members(await audienceCalled('Loyal'));
  expect(held.toSorted()).toEqual(digests.map((d) => `email:${d}`).toSorted());
});
