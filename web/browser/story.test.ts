import { createHash } from 'node:crypto';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, members, password, places, Server, sql } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  // Every second customer ordered twice of late; some of them, and others, want no mail any more.
  await sql(`DROP SCHEMA IF EXISTS loyal CASCADE; CREATE SCHEMA loyal;
    CREATE TABLE loyal.customers AS SELECT i AS id, 'guest' || i || '@example.com' AS email, 'Guest ' || i AS name FROM generate_series(1, 60) i;
    ALTER TABLE loyal.customers ADD PRIMARY KEY (id);
    CREATE TABLE loyal.orders AS
      SELECT c AS customer_id, 20 + n AS total, now() - n * interval '20 days' AS placed_at FROM generate_series(2, 60, 2) c, generate_series(1, 2) n
      UNION ALL SELECT c, 90, now() - interval '200 days' FROM generate_series(1, 60) c, generate_series(1, 3);
    CREATE TABLE loyal.unsubscribes AS SELECT c AS customer_id, now() AS since FROM generate_series(1, 60, 3) c`);
  server = await Server.start();
});

/** expected are the customers with two orders in 90 days who did not unsubscribe. */
const expected = Array.from({ length: 60 }, (_, i) => i + 1).filter((i) => i % 2 === 0 && i % 3 !== 1);

/** most is how many clicks it may take. */
const most = 24;

/** counting counts what is clicked, with the mouse or by the keyboard, on every page that is opened. */
async function counting(): Promise<Visitor> {
  const v = await Visitor.come(server, { width: 1440, height: 900 });
  await v.context.addInitScript(() => {
    document.addEventListener(
      'click',
      (e) => {
        const before = Number(sessionStorage.getItem('clicks') ?? 0);
        if (e.isTrusted) sessionStorage.setItem('clicks', String(before + 1));
      },
      { capture: true },
    );
  });
  return v;
}

/** clicks are how many there were. */
const clicks = (v: Visitor) => v.page.evaluate(() => Number(sessionStorage.getItem('clicks') ?? 0));

/** at waits for a question of the wizard. */
const at = (v: Visitor, question: string) =>
  v.page.getByRole('heading', { level: 2, name: question }).waitFor();

walk('customers with two orders in 90 days, not unsubscribed, in few clicks', counting, async (v) => {
  await v.page.goto(`/setup#token=${server.setupToken}`);
  await v.fill('Your name', 'Grace');
  await v.fill(/^E-mail/, 'grace@example.com');
  await v.fill(/^Password/, password);
  await v.press('Make the administrator');
  await v.page.getByRole('link', { name: 'Connect', exact: true }).first().click();

  await at(v, 'Where are your customers?');
  await v.fill(/^Name/, 'shop');
  await v.page.getByRole('radio', { name: 'PostgreSQL' }).click();
  const { host, port, database, user, password: secret } = places.postgres;
  await v.fill('Host', host ?? '');
  await v.fill('Port', port ?? '');
  await v.fill('Database', database ?? '');
  await v.fill('User', user ?? '');
  await v.fill('Password', secret ?? '');
  await v.press('Add');

  await at(v, 'Which of them should be in the audience?');
  await v.fill('Search tables', 'loyal.customers');
  await v.page.getByRole('treeitem', { name: 'customers' }).last().click();
  await v.sees('60 rows in the table.');
  await v.sees('Of 60 rows that were looked at, 60 have a usable email.');
  await v.press('Add a condition');
  await v.page.getByRole('menuitem', { name: 'Rows of loyal.orders' }).click();
  await v.press('Use it');
  await v.page.getByRole('textbox', { name: 'Number for orders' }).fill('2');
  await v.press('Only some of them');
  await v.page.getByRole('textbox', { name: 'Value for placed_at' }).fill('90');
  await v.sees('30 rows fulfil the conditions.');
  await v.page.getByRole('button', { name: 'Add a condition' }).last().click();
  await v.page.getByRole('menuitem', { name: 'Rows of loyal.unsubscribes' }).click();
  await v.press('Use it');
  await v.choose('What is asked of unsubscribes', 'there is none');
  await v.sees(`${expected.length} rows fulfil the conditions.`);
  await v.press('Continue');

  await at(v, 'How does X recognise them?');
  await v.page.getByRole('combobox', { name: 'Column for email' }).waitFor();
  await v.sees(`All ${expected.length} rows have a value, each a different one.`);
  await v.press('Continue');

  await at(v, 'Which audience should they be in?');
  await v.fill(/^Name/, 'x');
  await v.fillAccount('ats');
  await v.press('Add');
  await v.fill(/^Name of the audience/, 'Loyal guests');
  await v.press('Continue');

  await at(v, 'When should it run, and how?');
  await v.press('Continue');

  await at(v, 'Is this what you want?');
  await v.press('Create and run');
  await v.page.waitForURL('**/runs/*');
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  const digests = expected.map((i) => createHash('sha256').update(`guest${i}@example.com`).digest('hex'));
  const held = await members(await audienceCalled('Loyal guests'));
  expect(held.toSorted()).toEqual(digests.map((d) => `email:${d}`).toSorted());

  // The story of one of them.
  await v.page.getByRole('link', { name: 'People' }).click();
  await v.fill('E-mail address', 'guest6@example.com');
  await v.press('Look up');
  await v.sees('In: 1');
  expect(await clicks(v)).toBeLessThanOrEqual(most);
  expect(await clicks(v)).toBeGreaterThan(15);
});
