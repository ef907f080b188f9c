import { createHash } from 'node:crypto';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, members, places, Server, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await table(
    'customers',
    `SELECT i AS id, 'customer' || i || '@example.com' AS email, '+1415555' || lpad(i::text, 4, '0') AS phone,
       i % 3 AS visits FROM generate_series(1, 2000) i`,
  );
  server = await Server.start();
  await server.setUp();
});

const ada = () => Visitor.as(server, 'ada@example.com');

/** onward leaves a step of the wizard for the next one. */
async function onward(v: Visitor, question: string | RegExp): Promise<void> {
  await v.press('Continue');
  await v.page.getByRole('heading', { level: 2, name: question }).waitFor();
}

walk('from an empty server through the wizard to members in the audience', ada, async (v) => {
  // A schedule that is wrong is told by the server.
  v.expectRefusal(422);
  await v.open('/connect', 'Connect');
  // The source does not exist yet.
  await v.fill(/^Name/, 'shop');
  await v.choose(/^Type/, 'PostgreSQL');
  const { host, port, database, user } = places.postgres;
  await v.fill('Host', host ?? '');
  await v.fill('Port', port ?? '');
  await v.fill('Database', database ?? '');
  await v.fill('User', user ?? '');
  await v.fill('Password', 'wrong');
  await v.press('Test');
  await v.sees('How to mend it');
  await v.accessible();
  await v.fill('Password', places.postgres.password ?? '');
  await v.press('Test');
  await v.sees('Everything works.');
  await v.press('Add');
  await v.page.getByRole('radio', { name: 'shop' }).waitFor();
  await onward(v, 'Which of them should be in the audience?');
  await v.fill('Search tables', 'customers');
  await v.page.getByRole('treeitem').filter({ hasText: 'customers' }).last().click();
  await v.sees('Chosen:');
  await v.page.getByRole('cell', { name: /@/ }).first().waitFor();
  await v.accessible();
  await onward(v, 'Which X Ads account are they for?');
  await v.fill(/^Name/, 'x');
  for (const [label, value] of [
    ['Account ID', '18ce54d4x5t'],
    ['Consumer key', 'ck'],
    ['Consumer secret', 'cs'],
    ['Access token', 'at'],
    ['Access token secret', 'ats'],
    ['API URL', places.sandbox],
  ])
    await v.page.getByLabel(new RegExp(`^${label}( \\*)?$`)).fill(value ?? '');
  await v.press('Test');
  await v.sees('Everything works.');
  await v.press('Add');
  await onward(v, 'Which audience should they be in?');
  await v.fill(/^Name of the audience/, 'Wizards');
  await v.accessible();
  await onward(v, 'Should people also leave the audience?');
  await onward(v, 'Which column tells rows apart?');
  await v.choose(/^Identifier/, /^id/);
  await v.sees('All 2,000 rows have a value, each a different one.');
  await onward(v, 'How does X recognise them?');
  // What the columns look like is mapped already, and shown down to the digest.
  expect(await v.page.getByRole('combobox', { name: 'Column for email' }).inputValue()).toBe('email');
  expect(await v.page.getByRole('combobox', { name: 'Column for phone_number' }).inputValue()).toBe('phone');
  const digest = createHash('sha256').update('customer1@example.com').digest('hex');
  await v.page.getByText(digest).first().waitFor({ state: 'attached' });
  await v.accessible();
  await onward(v, 'When should it run?');
  await v.page.getByRole('radio', { name: 'Cron' }).click();
  await v.fill(/^Cron expression/, '61 * * * *');
  await v.page.getByText('Something here is not right yet.').waitFor();
  const field = v.page.getByLabel(/^Cron expression/);
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await v.accessible();
  await v.fill(/^Cron expression/, '0 */6 * * *');
  await v.sees('The next five times');
  // Whoever leaves finds it as it was.
  await v.page.reload();
  await v.page.getByRole('heading', { level: 2, name: 'When should it run?' }).waitFor();
  expect(await v.page.getByLabel(/^Cron expression/).inputValue()).toBe('0 */6 * * *');
  await onward(v, 'What should it keep, and when should it stop?');
  await v.accessible();
  await onward(v, 'Is this what you want?');
  await v.fill(/^Name of the connection/, 'wizards');
  await v.accessible();
  await v.press('Create and run');
  await v.page.waitForURL('**/runs/*');
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  const held = await members(await audienceCalled('Wizards'));
  expect(held).toHaveLength(4000);
  expect(held).toContain(`email:${createHash('sha256').update('customer7@example.com').digest('hex')}`);
});
