import { readFile } from 'node:fs/promises';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, clearFaults, fault, members, Server, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await Promise.all([
    table(
      'clients',
      "SELECT i AS id, CASE WHEN i = 8 THEN 'nobody' ELSE 'client' || i || '@example.com' END AS email, 'client' || i || '@example.org' AS other FROM generate_series(1, 40) i",
    ),
    table(
      'slow',
      `SELECT i AS id, 'slow' || i || '@example.com' AS email, timestamptz '2030-01-01' + i * interval '1 second' AS until
         FROM generate_series(1, 100000) i`,
    ),
  ]);
  server = await Server.furnished();
  await server.connect('clients', 'public.clients', { schedule: { type: 'basic', every: '8h' } });
  await server.connect('slow', 'public.slow', { mapping: { email: 'email', expires_at: 'until' } });
});

const ada = () => Visitor.as(server, 'ada@example.com');

/** more opens the menu of a connection. */
async function more(v: Visitor, item: string | RegExp): Promise<void> {
  await v.press('More actions');
  await v.page.getByRole('menu').waitFor();
  await v.accessible();
  await v.page.getByRole('menuitem', { name: item }).click();
}

walk('a connection is paused, run, and sent in full', ada, async (v) => {
  await v.open('/connections/clients', 'clients');
  await more(v, 'Pause the schedule');
  await v.sees('clients is paused. It can still be run by hand.');
  await v.press('Run now');
  await v.page.waitForURL('**/runs/*');
  await v.page.getByText('Completed with errors', { exact: true }).first().waitFor();
  await v.open('/connections/clients', 'clients');
  await more(v, 'Full sync');
  await v.accessible();
  await v.press('Run a full sync');
  await v.page.waitForURL('**/runs/*');
  await v.sees('Full sync');
  await v.page.getByText('Completed with errors', { exact: true }).first().waitFor();
  await v.open('/connections/clients', 'clients');
  await more(v, 'Resume the schedule');
  await v.sees('clients goes on.');
});

walk('a change is made where it stands, planned, and carried through by the next run', ada, async (v) => {
  await v.open('/connections/clients', 'clients');
  await v.page.getByRole('link', { name: 'Edit' }).click();
  await v.press('Edit Mapping');
  await v.choose('Column for email', /^other/);
  // What was and what will be stand side by side.
  await v.page.getByRole('row', { name: 'Mapping email from email. email from other.' }).waitFor();
  await v.sees('The mapping changes.');
  // Who reloads, or looks elsewhere, finds the change as it was.
  await v.page.reload();
  await v.page.getByRole('row', { name: 'Mapping email from email. email from other.' }).waitFor();
  await v.page.getByRole('tab', { name: 'Runs' }).click();
  await v.page.getByRole('tab', { name: 'Set-up' }).click();
  await v.sees('There are changes that are not saved');
  await v.press('Go on with them');
  await v.press('Make a plan');
  await v.sees('The plan is ready.');
  // The 39 who were held get another address, and the row that was left out has one now.
  const would = await v.page.getByRole('region', { name: 'What the run would do' }).textContent();
  expect(would).toContain('Change39');
  expect(would).toContain('Add1');
  await v.accessible();
  await v.press('Save');
  await v.sees('clients is saved.');
  await v.page.getByRole('button', { name: 'Edit Mapping' }).waitFor();
  await v.page.getByRole('cell', { name: 'column other' }).waitFor();
  // Nobody of those who are held would stay under the old address: the guard asks first.
  expect((await server.run('clients')).status).toBe('needs_approval');
  await server.run('clients', { approve: true });
  expect(await members(await audienceCalled('clients'))).toHaveLength(40);
});

walk('what was left out is downloaded', ada, async (v) => {
  const runs = await server.call<{ items: { run_id: string; status: string }[] }>(
    'GET',
    '/api/v1/runs?connection=clients&status=completed_with_errors',
  );
  await v.open(`/runs/${runs.items[0]?.run_id}?tab=records`, 'Run of clients');
  const [download] = await Promise.all([
    v.page.waitForEvent('download'),
    v.page.getByRole('link', { name: 'Download as CSV' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe('record_id,operation,status,reason,started_at,finished_at');
  expect(lines[1]).toMatch(/^8,/);
});

walk('a run is cancelled, and what X took stays', ada, async (v) => {
  await fault('on=users,delay=1500ms');
  try {
    await v.open('/connections/slow', 'slow');
    await v.press('Run now');
    await v.page.waitForURL('**/runs/*');
    await v.page.getByRole('progressbar', { name: /progress$/ }).waitFor();
    await v.press('Cancel');
    await v.accessible();
    await v.press('Cancel the run');
    await v.page.getByText('Cancelled', { exact: true }).first().waitFor();
  } finally {
    await clearFaults();
  }
  expect((await members(await audienceCalled('slow'))).length).toBeLessThan(100_000);
  // The next run takes up the rest.
  expect((await server.run('slow')).status).toBe('succeeded');
  expect(await members(await audienceCalled('slow'))).toHaveLength(100_000);
});

walk('a connection is deleted by typing its name, and its people stay', ada, async (v) => {
  await v.open('/connections/clients', 'clients');
  await more(v, 'Delete');
  const sure = v.page.getByRole('button', { name: 'Delete the connection' });
  expect(await sure.isDisabled()).toBe(true);
  await v.fill('Type clients to confirm', 'client');
  expect(await sure.isDisabled()).toBe(true);
  await v.accessible();
  await v.fill('Type clients to confirm', 'clients');
  await sure.click();
  await v.heading('Connections');
  expect(await v.page.getByRole('link', { name: 'clients', exact: true }).count()).toBe(0);
  expect(await members(await audienceCalled('clients'))).toHaveLength(40);
});
