import { readFile } from 'node:fs/promises';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, places, Server, sql, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await table(
    'people',
    "SELECT i AS id, 'person' || i || '@example.com' AS email, '+1415555' || lpad(i::text, 4, '0') AS phone FROM generate_series(1, 20) i",
  );
  server = await Server.furnished();
  await server.person('eve@example.com', 'viewer');
  await server.connect('people', 'public.people');
});

const ada = () => Visitor.as(server, 'ada@example.com');

walk('people are added, changed and disabled', ada, async (v) => {
  await v.open('/settings/people', 'Settings');
  await v.press('Add a person');
  await v.fill(/^E-mail/, 'bob@example.com');
  await v.page.getByRole('radio', { name: 'Editor' }).click();
  await v.fill('First password', 'twelve letters');
  await v.accessible();
  await v.press('Add');
  await v.sees('bob@example.com is added.');
  const bob = v.page.getByRole('row', { name: /bob@example\.com/ });
  expect(await bob.textContent()).toContain('Editor');
  await v.press('Actions for bob@example.com');
  await v.page.getByRole('menu').waitFor();
  await v.accessible();
  await v.page.getByRole('menuitem', { name: 'Change' }).click();
  const ends = v.page.getByLabel('End sessions and delete tokens');
  expect(await ends.count()).toBe(0);
  await v.page.getByRole('radio', { name: 'Viewer' }).click();
  expect(await ends.isChecked()).toBe(true); // who may do less is asked about
  await v.accessible();
  await v.press('Save');
  await v.sees('bob@example.com is changed.');
  await v.press('Actions for bob@example.com');
  await v.page.getByRole('menuitem', { name: 'Disable' }).click();
  expect(await ends.isChecked()).toBe(true);
  await v.accessible();
  await v.page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await bob.getByText('Disabled').waitFor();
  const people = await server.call<{ items: { email: string; disabled: boolean }[] }>('GET', '/api/v1/users');
  expect(people.items.find((p) => p.email === 'bob@example.com')?.disabled).toBe(true);
  await v.accessible();
});

walk('a password that is reset ends what was logged in, unless it is to stay', ada, async (v) => {
  const eve = await Visitor.as(server, 'eve@example.com');
  const works = async () => (await eve.page.request.get(`${server.url}/api/v1/me`)).status();
  await v.open('/settings/people', 'Settings');
  for (const end of [false, true]) {
    await v.press('Actions for eve@example.com');
    await v.page.getByRole('menuitem', { name: 'Reset the password' }).click();
    await v.fill(/^New password/, 'correct horse battery staple');
    if (!end) await v.page.getByLabel('End sessions and delete tokens').uncheck();
    await v.accessible();
    await v.press('Set the password');
    await v.page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await works()).toBe(end ? 401 : 200);
  }
  await eve.context.close();
});

walk('a token is shown once, and works', ada, async (v) => {
  await v.open('/settings/account', 'Settings');
  await v.press('Make a token');
  await v.fill(/^What it is for/, 'airflow');
  await v.choose('May do what this role may', 'Viewer');
  await v.press('Make the token');
  await v.sees('Copy it now');
  await v.press('Copy the token');
  const secret = await v.page.evaluate(() => navigator.clipboard.readText());
  expect(await v.page.getByLabel('the token', { exact: true }).textContent()).toBe(secret);
  const using = (method: string) =>
    fetch(`${server.url}/api/v1/sources/shop`, {
      method,
      headers: { Authorization: `Bearer ${secret}`, 'If-Match': '*' },
    });
  expect((await using('GET')).status).toBe(200);
  expect((await using('DELETE')).status).toBe(403);
  await v.press('Done');
  await v.page.getByRole('row', { name: /airflow/ }).waitFor();
  expect(await v.page.content()).not.toContain(secret);
});

walk('an alert rule is made, and its test says what went wrong', ada, async (v) => {
  await v.open('/settings/alerts', 'Settings');
  await v.sees('Nobody is told yet');
  await v.accessible();
  await v.press('Add a rule');
  await v.fill(/^Name/, 'Failures');
  await v.page.getByRole('radio', { name: 'Webhook' }).click();
  await v.fill(/^Address that is posted to/, 'not an address');
  await v.press('Add the rule');
  await v.sees('Enter the address with its https://');
  await v.fill(/^Address that is posted to/, `${places.sandbox}/nobody-listens`);
  for (const event of [
    'The size of the audience jumped',
    'The model lost rows',
    'More was refused than usual',
    'A scheduled run is late',
  ]) {
    await v.page.getByLabel(event, { exact: true }).check();
  }
  await v.fill(/^Size: more or fewer/, '15');
  await v.fill(/^Minutes that a run may be late/, '45');
  await v.page.getByLabel('Quiet hours').check();
  await v.fill(/^Quiet from/, '21:30');
  await v.page.getByLabel('Sat', { exact: true }).check();
  await v.accessible();
  await v.press('Add the rule');
  await v.sees('The rule Failures is made.');
  await v.sees(/Quiet 21:30 to 07:00 from Sat/);
  const made = await server.call<{ items: { threshold: object; quiet: object }[] }>('GET', '/api/v1/alerts');
  expect(made.items[0]?.threshold).toEqual({ size_percent: 15, late_minutes: 45 });
  expect(made.items[0]?.quiet).toMatchObject({ from: '21:30', to: '07:00', days: ['sat'] });
  await v.press('Send a test message of Failures');
  await v.sees('Failures: the message did not arrive');
  // The address is a secret: it stays when the rule is changed without it.
  await v.press('Change the rule Failures');
  expect(await v.page.getByLabel(/^Address that is posted to/).inputValue()).toBe('');
  await v.page.getByLabel('A run failed').uncheck();
  await v.press('Save');
  await v.sees('The rule Failures is changed.');
  const rules = await server.call<{ items: { events: string[]; secrets: object }[] }>(
    'GET',
    '/api/v1/alerts',
  );
  expect(rules.items[0]?.events).not.toContain('run_failed');
  expect(rules.items[0]?.secrets).toEqual({ url: '********' });
  await v.accessible();
  // Each other place asks for its own.
  await v.press('Add a rule');
  await v.fill(/^Name/, 'Pager');
  await v.page.getByRole('radio', { name: 'Microsoft Teams' }).click();
  await v.sees("Address of Teams' webhook");
  await v.accessible();
  await v.page.getByRole('radio', { name: 'PagerDuty' }).click();
  await v.fill(/^Integration key/, 'R0');
  await v.press('Add the rule');
  await v.sees('Enter the integration key: 32 letters and digits');
  await v.fill(/^Integration key/, 'R0'.repeat(16));
  await v.choose('Service region', 'EU (the address of your account has .eu. in it)');
  await v.accessible();
  await v.press('Add the rule');
  await v.sees('The rule Pager is made.');
  await v.page.getByRole('row', { name: /Pager/ }).getByText('PagerDuty', { exact: true }).waitFor();
  expect(await v.page.content()).not.toContain('R0R0');
});

walk('a source is tested with advice, changed, and kept while it is in use', ada, async (v) => {
  await v.open('/sources/shop?table=public.people', 'shop');
  await v.page
    .getByRole('table', { name: 'Columns of public.people' })
    .getByText('email', { exact: true })
    .waitFor();
  await v.press('Test now');
  await v.sees('Everything works.');
  await v.press('Change');
  await v.fill('Password', 'wrong');
  await v.press('Test');
  await v.sees('How to mend it');
  await v.accessible();
  await v.press('Cancel');
  await v.press('Delete');
  await v.sees('1 connection uses this source');
  await v.page.getByRole('dialog').getByRole('link', { name: 'people' }).click();
  await v.page.waitForURL('**/connections/people');
});

walk(
  'a source that is made with a URL shows its parts, and asks for the password of another place',
  ada,
  async (v) => {
    v.expectRefusal(422);
    const { host, port, database, user, password } = places.postgres;
    await v.open('/sources', 'Sources');
    await v.press('Add a source');
    await v.fill(/^Name/, 'byurl');
    await v.page.getByRole('radio', { name: 'PostgreSQL' }).click();
    await v.fill('URL', `postgres://${user}:${password}@${host}:${port}/${database}`);
    await v.press('Test');
    await v.sees('Everything works.');
    await v.press('Add');
    await v.page.waitForURL('**/sources/byurl**');
    await v.page.getByRole('cell', { name: database, exact: true }).waitFor();
    await v.press('Change');
    expect(await v.page.getByLabel('URL', { exact: true }).count()).toBe(0);
    expect(await v.page.getByLabel('Host', { exact: true }).inputValue()).toBe(host);
    await v.fill('Database', 'another');
    await v.press('Test');
    await v.sees('enter it again: database changed');
    await v.accessible();
    await server.call('DELETE', '/api/v1/sources/byurl', undefined, { 'If-Match': '*' });
  },
);

walk('what somebody else changed meanwhile is not overwritten', ada, async (v) => {
  v.expectRefusal(412);
  await server.call('POST', '/api/v1/sources', { name: 'files', spec: { type: 'duckdb' } });
  await v.open('/sources/files', 'files');
  await v.press('Change');
  const seen = await server.call<{ version: number }>('GET', '/api/v1/sources/files');
  await server.call(
    'PUT',
    '/api/v1/sources/files',
    { spec: { type: 'duckdb', memory_limit: '1GB' } },
    { 'If-Match': `"${seen.version}"` },
  );
  await v.fill('Memory limit', '2GB');
  await v.press('Save');
  await v.sees('Somebody else changed this meanwhile');
  await v.press('Read it again');
  await v.page.getByRole('cell', { name: '1GB' }).waitFor();
});

walk('audiences are found, made, renamed, and deleted by their name', ada, async (v) => {
  await server.run('people');
  await v.open('/destinations/x', 'x');
  await v.press('Make an audience');
  await v.fill(/^Name/, 'Lapsed');
  await v.press('Make the audience');
  await v.page.getByRole('row', { name: /Lapsed/ }).waitFor();
  const id = await audienceCalled('Lapsed');
  await v.press('Rename Lapsed');
  await v.fill(/^Name/, 'Lapsed in 2026');
  await v.press('Rename');
  await v.page.getByRole('row', { name: /Lapsed in 2026/ }).waitFor();
  expect(await audienceCalled('Lapsed in 2026')).toBe(id);
  // The one that a connection feeds stays.
  const fed = v.page.getByRole('row', { name: /^people/ });
  await fed.getByRole('link', { name: 'people' }).waitFor();
  expect(await fed.getByRole('button', { name: 'Delete people' }).isDisabled()).toBe(true);
  await v.fill('Search', 'lapsed');
  await v.sees(/^1 audience of/);
  await v.press('Delete Lapsed in 2026');
  const sure = v.page.getByRole('button', { name: 'Delete it and everybody in it' });
  expect(await sure.isDisabled()).toBe(true);
  await v.accessible();
  await v.fill('Type Lapsed in 2026 to confirm', 'Lapsed in 2026');
  await sure.click();
  await v.sees('0 audiences of');
  await expect(audienceCalled('Lapsed in 2026')).rejects.toThrow('no audience');
});

walk('the export is what was made, and goes back in', ada, async (v) => {
  const text = await server.call<string>('GET', '/api/v1/config');
  await v.open('/settings/export', 'Settings');
  const shown = v.page.getByRole('region', { name: 'eddy.yaml' });
  expect(await shown.textContent()).toBe(text);
  for (const part of ['shop:', 'x:', 'people:', '${SHOP_PASSWORD}', places.sandbox])
    expect(text).toContain(part);
  const [download] = await Promise.all([
    v.page.waitForEvent('download'),
    v.page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(await readFile(await download.path(), 'utf8')).toBe(text);
  await v.accessible();
  // Unchanged, it changes nothing.
  await v.fill('The file', text);
  await v.press('Show what changes');
  await v.sees('The file changes nothing');
  // A mistake is shown with its line.
  v.expectRefusal(422);
  await v.fill('The file', text.replace('identifier: id', 'identifer: id'));
  await v.press('Show what changes');
  await v.sees(/Line \d+, connections\.people\.identifer/);
  // A change is shown before it is made.
  await v.fill('The file', text.replace('identifier: id', 'identifier: email'));
  await v.press('Show what changes');
  const changes = v.page.getByRole('table', { name: 'What changes in people' });
  await changes.getByRole('row', { name: /identifier.*id.*email/ }).waitFor();
  await v.press('Apply the file');
  await v.sees('The file is applied.');
  const now = await server.call<{ spec: { identifier: string } }>('GET', '/api/v1/connections/people');
  expect(now.spec.identifier).toBe('email');
});

walk('the audit log tells all that in sentences', ada, async (v) => {
  await v.open('/settings/audit', 'Settings');
  const log = v.page.getByRole('list', { name: 'Audit log' });
  await log.getByText('changed the connection people').first().waitFor();
  await log.getByText('made the person eve@example.com: viewer').waitFor();
  await log
    .getByRole('button', { name: /changed the connection people/ })
    .first()
    .click();
  await v.page.getByRole('row', { name: /identifier.*id.*email/ }).waitFor();
  await v.accessible();
});

walk('a person is looked up in all connections, and the audit log tells who looked', ada, async (v) => {
  await table('seen', "SELECT 1 AS id, 'seen@example.com' AS email");
  await server.connect('seen', 'public.seen');
  await server.run('seen');
  await v.open('/', 'Overview');
  await v.page.getByRole('navigation').getByRole('link', { name: 'People' }).click();
  await v.heading('Look a person up');
  await v.accessible();
  await v.fill('E-mail address', ' Seen@Example.com ');
  await v.page.keyboard.press('Enter');
  const seen = v.page.getByRole('region', { name: 'seen' });
  await seen.getByText('In', { exact: true }).waitFor();
  await seen.getByText(/a row of the model carries it/).waitFor();
  await v.page.getByRole('region', { name: 'people' }).getByText('Not in', { exact: true }).waitFor();
  expect(v.page.url()).not.toContain('xample');
  await v.accessible();
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.inside();
  await v.accessible();
  await v.page.setViewportSize({ width: 1280, height: 800 });
  // Who left the model is leaving until the next run.
  await sql('DELETE FROM seen');
  await v.choose('Find by', 'Record id');
  await v.fill('Record id', '1');
  await v.press('Look up');
  await seen.getByText('Leaving', { exact: true }).waitFor();
  await seen.getByRole('listitem').filter({ hasText: 'insert of 1 delivered' }).getByRole('link').click();
  await v.heading(/^Run/);
  await v.open('/settings/audit', 'Settings');
  await v.sees('looked a person up by email');
  expect(await v.page.content()).not.toContain('seen@example.com');
  const eve = await Visitor.as(server, 'eve@example.com');
  await eve.open('/people', 'Look a person up');
  await eve.sees('This takes the right to see values');
  expect(await eve.page.getByRole('link', { name: 'People' }).count()).toBe(0);
  await eve.context.close();
});

walk('a webhook is added, and starts the connection that waits for it', ada, async (v) => {
  await v.open('/settings/webhooks', 'Settings');
  await v.sees('No webhooks yet');
  await v.accessible();
  await v.press('Add a webhook');
  await v.fill(/^Name/, 'load');
  await v.choose('Hears from', 'Airbyte');
  await v.accessible();
  await v.press('Add the webhook');
  await v.sees('Copy it now');
  await v.accessible();
  const address = (await v.page.getByLabel('the address', { exact: true }).textContent()) ?? '';
  await v.press('Done');
  const spec = (await server.call<{ spec: object }>('GET', '/api/v1/connections/people')).spec;
  await server.call(
    'PUT',
    '/api/v1/connections/people',
    { spec: { ...spec, schedule: { webhook: 'load' } } },
    { 'If-Match': '*' },
  );
  const data = { jobId: 1, success: true, connection: { id: 'c' } };
  const answer = await v.page.request.post(address, { data: { data } });
  expect(await answer.json()).toMatchObject({ started: ['people'] });
  expect(await (await v.page.request.post(address, { data: { data } })).json()).toMatchObject({
    started: [],
  });
  await v.open('/settings/webhooks', 'Settings');
  const row = v.page.getByRole('row', { name: /load/ });
  await row.getByText('job 1 of connection c: succeeded').waitFor();
  await row.getByText('people').waitFor();
  await v.accessible();
  await v.open('/connections', 'Connections');
  await v.sees('webhook load');
  await v.open('/connections/people?tab=runs', 'people');
  await v.sees('Webhook load');
});
