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

/** onward leaves a step of the wizard for the next one, goes away there, and comes back to it. */
async function onward(v: Visitor, question: string | RegExp): Promise<void> {
  const asked = v.page.getByRole('heading', { level: 2, name: question });
  await v.press('Continue');
  await asked.waitFor();
  await v.page.reload();
  await asked.waitFor();
  expect(new URL(v.page.url()).searchParams.get('step')).not.toBeNull();
  await v.accessible();
}

/** steps are what a test shows to have passed. */
const steps = (v: Visitor) => v.page.getByRole('listitem').filter({ has: v.page.getByLabel('passed') });

walk('from an empty server through the wizard to members in the audience', ada, async (v) => {
  // A schedule that is wrong is told by the server.
  v.expectRefusal(422);
  await v.open('/connect', 'Connect');
  // The source does not exist yet.
  await v.fill(/^Name/, 'shop');
  await v.page.getByRole('radio', { name: 'PostgreSQL' }).click();
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
  expect(await steps(v).allTextContents()).toEqual([
    expect.stringMatching(/^Reach/),
    expect.stringMatching(/^Read/),
    expect.stringMatching(/^Write state/),
  ]);
  await v.press('Add');
  // What was added is chosen, and leads on.
  await v.page.getByRole('heading', { level: 2, name: 'Which of them should be in the audience?' }).waitFor();
  // Eddy's own tables are no model, though the test of the source has made them.
  await v.page.getByRole('treeitem').first().waitFor();
  expect(await v.page.getByRole('treeitem', { name: '_eddy' }).count()).toBe(0);
  await v.fill('Search tables', 'customers');
  // The tree can do without a mouse.
  await v.page.getByRole('treeitem', { name: /public/ }).focus();
  await v.page.keyboard.press('ArrowDown');
  await v.page.keyboard.press('Enter');
  await v.sees('Chosen:');
  await v.page.getByRole('treeitem', { name: 'customers', selected: true }).last().waitFor();
  await v.page.getByRole('cell', { name: /@/ }).first().waitFor();
  await v.accessible();
  await onward(v, 'How does X recognise them?');
  // The column that tells rows apart is chosen already.
  await v.sees('All 2,000 rows have a value, each a different one.');
  expect(await v.page.getByRole('combobox', { name: /^Identifier/ }).inputValue()).toBe('id');
  await v.choose(/^Identifier/, /^visits/);
  await v.sees('Among 2,000 rows it does not tell all apart');
  await v.choose(/^Identifier/, /^id/);
  await v.sees('All 2,000 rows have a value, each a different one.');
  // What the columns look like is mapped already.
  expect(await v.page.getByRole('combobox', { name: 'Column for email' }).inputValue()).toBe('email');
  expect(await v.page.getByRole('combobox', { name: 'Column for phone_number' }).inputValue()).toBe('phone');
  // A column that does not look like what it is mapped to.
  await v.choose('Column for phone_number', /^visits/);
  await v.sees(/Look at visits again: 0 of/);
  await v.accessible();
  await v.choose('Column for phone_number', /^phone/);
  await v.page.getByText(/Look at visits again/).waitFor({ state: 'detached' });
  // A constant is the same for every row.
  await v.press('Add a field');
  await v.page.getByRole('menuitem', { name: /expires_at/ }).click();
  await v.page
    .getByRole('radiogroup', { name: 'What fills expires_at' })
    .getByText('A constant', { exact: true })
    .click();
  await v.fill('Value for expires_at', '2030-12-31T00:00:00Z');
  await onward(v, 'Which audience should they be in?');
  await v.fill(/^Name/, 'x');
  await v.fillAccount('wrong');
  await v.press('Test');
  await v.sees('X does not say which of the four values is wrong.');
  await v.page.getByLabel(/^Access token secret( \*)?$/).fill('ats');
  await v.press('Test');
  await v.sees('Everything works.');
  await v.sees('1 ad account: Sandbox (18ce54d4x5t)');
  await v.accessible();
  await v.press('Add');
  await v.fill(/^Name of the audience/, 'Wizards');
  await v.accessible();
  await v.sees('No audience of the account has this name.');
  // With the account there is what X would get, down to the digest.
  await v.press('Back');
  const digest = createHash('sha256').update('customer1@example.com').digest('hex');
  await v.page.getByText(digest).first().waitFor({ state: 'attached' });
  await v.press('Continue');
  await onward(v, 'When should it run, and how?');
  // Who looks at another kind and comes back finds what was there.
  await v.page.getByRole('radio', { name: 'Basic' }).click();
  await v.page.getByRole('combobox', { name: /^Every/ }).fill('8h');
  await v.page.getByRole('radio', { name: 'Manual' }).click();
  await v.page.getByRole('radio', { name: 'Basic' }).click();
  expect(await v.page.getByRole('combobox', { name: /^Every/ }).inputValue()).toBe('8h');
  await v.page.getByRole('radio', { name: 'Cron' }).click();
  await v.fill(/^Cron expression/, '61 * * * *');
  await v.page.getByText('Something here is not right yet.').waitFor();
  const field = v.page.getByLabel(/^Cron expression/);
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await v.accessible();
  await v.fill(/^Cron expression/, '*/30 * * * *');
  await v.sees(/X takes 6 to 8 hours/);
  await v.fill(/^Cron expression/, '0 */6 * * *');
  await v.page.getByText(/X takes 6 to 8 hours/).waitFor({ state: 'detached' });
  await v.sees('The next five times');
  const times = v.page.getByRole('table').filter({ hasText: 'From now' });
  await v.sees(/Times are in Europe\/Berlin/);
  expect(await times.locator('tbody tr').count()).toBe(5);
  // Whoever leaves finds it as it was.
  await v.page.reload();
  await v.page.getByRole('heading', { level: 2, name: 'When should it run, and how?' }).waitFor();
  expect(await v.page.getByLabel(/^Cron expression/).inputValue()).toBe('0 */6 * * *');
  await onward(v, 'Is this what you want?');
  // It has a name already, that of its audience.
  expect(await v.page.getByLabel(/^Name of the connection/).inputValue()).toBe('wizards');
  // The plan of the first run, before anything is stored or sent.
  await v.sees('The plan is ready. Nothing was sent, and nothing was changed.');
  expect(await v.page.getByRole('region', { name: 'What the run would do' }).textContent()).toContain(
    'Add2,000',
  );
  await expect(audienceCalled('Wizards')).rejects.toThrow('no audience');
  await v.accessible();
  await v.press('Create and run');
  await v.page.waitForURL('**/runs/*');
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  const held = await members(await audienceCalled('Wizards'));
  expect(held).toHaveLength(4000);
  expect(held).toContain(`email:${createHash('sha256').update('customer7@example.com').digest('hex')}`);
});
