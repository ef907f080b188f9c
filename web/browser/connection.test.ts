import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, campaign, Server, sql, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await table(
    'mixed',
    "SELECT i AS id, CASE WHEN i % 4 = 0 THEN 'nobody' ELSE 'mixed' || i || '@example.com' END AS email FROM generate_series(1, 40) i",
  );
  await table(
    'aimed',
    "SELECT i AS id, 'aimed' || i || '@example.com' AS email FROM generate_series(1, 60) i",
  );
  server = await Server.furnished();
  await server.person('eve@example.com', 'viewer');
  for (const name of ['mixed', 'other', 'third']) await server.connect(name, 'public.mixed');
});

const ada = () => Visitor.as(server, 'ada@example.com');
const eve = () => Visitor.as(server, 'eve@example.com', { width: 390, height: 844 });

/** newcomer is the administrator of a server that has nothing yet. */
async function newcomer(): Promise<Visitor> {
  const bare = await Server.start();
  await bare.setUp();
  return Visitor.as(bare, 'ada@example.com', { width: 390, height: 844, dark: true });
}

walk('records are filtered, downloaded, and shown as X gets them', ada, async (v) => {
  const run = await server.run('mixed');
  expect(run.status).toBe('completed_with_errors');
  const reason = encodeURIComponent('no usable identity (email: no @)');
  await v.open(`/runs/${run.run_id}?tab=records&reason=${reason}`, 'Run of mixed');
  await v.sees('10 with this reason among 10 records read');
  await v.fill('Record', '8');
  await v.sees('1 with this reason among 1 record read');
  expect(new URL(v.page.url()).searchParams.get('record')).toContain('8');
  await v.page.reload();
  await v.sees('1 with this reason among 1 record read');
  expect(await v.page.getByLabel('Record', { exact: true }).inputValue()).toBe('8');
  const download = v.page.waitForEvent('download');
  await v.page.getByRole('link', { name: 'Download as CSV' }).click();
  expect((await download).suggestedFilename()).toBe(`records-${run.run_id}.csv`);
  await v.page.getByRole('tab', { name: 'What X gets' }).click();
  await v.sees('"operation_type": "Update"');
  await v.accessible();
});

walk('a plan tells what a run would do', ada, async (v) => {
  await v.open('/connections/other?tab=plan', 'other');
  await v.press('Make a plan');
  await v.sees('30 of 40 (75 %)');
  await v.sees('10 rows left out');
  await v.accessible();
});

walk('a viewer sees a connection and cannot change it', eve, async (v) => {
  for (const tab of ['Runs', 'Audience', 'Plan', 'Set-up', 'History']) {
    await v.open('/connections/mixed', 'mixed');
    await v.page.getByRole('tab', { name: tab }).click();
    await v.page.getByRole('tab', { name: tab, selected: true }).waitFor();
    await v.accessible();
    await v.inside();
    expect(
      await v.page.getByRole('button', { name: /Run now|More actions|Make a plan|Go back|^Edit/ }).count(),
      `what ${tab} offers`,
    ).toBe(0);
  }
  expect(await v.page.getByRole('link', { name: 'Edit' }).count()).toBe(0);
});

/** past makes a connection whose mapping was changed, and that was paused then. */
async function past(name: string): Promise<void> {
  await server.connect(name, 'public.mixed');
  const { spec } = await server.call<{ spec: Record<string, unknown> }>('GET', `/api/v1/connections/${name}`);
  const changed = { ...spec, mapping: { ...(spec.mapping as object), handle: 'email' } };
  await server.call('PUT', `/api/v1/connections/${name}`, { spec: changed }, { 'If-Match': '"1"' });
  await server.call('POST', `/api/v1/connections/${name}/pause`);
}

walk('a connection goes back to what it was', ada, async (v) => {
  await past('past');
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.open('/connections/past?tab=history', 'past');
  const versions = v.page.getByRole('list', { name: 'Versions' }).getByRole('listitem');
  await versions.nth(2).waitFor();
  const said = await versions.allInnerTexts();
  expect(said[0]).toMatch(/ada@example.com paused it, .*version 3/);
  expect(said[1]).toMatch(/ada@example.com changed the mapping, .*version 2/);
  expect(said[2]).toMatch(/ada@example.com made the connection, .*version 1/);
  await v.page.getByRole('table', { name: 'What version 2 changed' }).getByText('mapping.handle').waitFor();
  expect(await v.page.getByRole('button', { name: 'Go back to this version' }).count()).toBe(1);
  await v.accessible();
  await v.inside();

  await v.press('Go back to this version, 1');
  await v.sees('removes what people were known by and no longer are');
  await v.sees('The connection stays paused.');
  await v.accessible();
  await v.press('Go back');
  await v.sees('past is as it was in version 1.');
  await versions.nth(3).waitFor();
  expect(await versions.first().innerText()).toMatch(/changed the mapping, .*version 4/);
  const now = await server.call<{ version: number; spec: { mapping: object }; paused: boolean }>(
    'GET',
    '/api/v1/connections/past',
  );
  expect(now).toMatchObject({ version: 4, spec: { mapping: { email: 'email' } }, paused: true });
  expect(Object.keys(now.spec.mapping)).toEqual(['email']);
});

walk('going back does not undo what somebody else did meanwhile', ada, async (v) => {
  await past('raced');
  v.expectRefusal(412);
  await v.open('/connections/raced?tab=history', 'raced');
  await v.press('Go back to this version, 1');
  await v.sees('The connection stays paused.');
  await server.call('POST', '/api/v1/connections/raced/resume');
  await v.press('Go back');
  await v.sees(/changed by somebody else meanwhile/);
  const now = await server.call<{ version: number }>('GET', '/api/v1/connections/raced');
  expect(now.version).toBe(4);
});

walk('who hears of a connection is said and changed on its page', ada, async (v) => {
  await v.open('/connections/third?tab=setup', 'third');
  await v.sees('Nobody is told when something about this connection needs a person.');
  await v.press('Add a rule');
  await expect.poll(() => v.page.getByRole('combobox', { name: 'Connection' }).inputValue()).toBe('third');
  await v.page.getByRole('dialog').getByLabel(/^Name/).fill('third fails');
  await v.fill(/^Address of Slack/, 'https://hooks.example.com/third');
  await v.page.getByRole('dialog').getByRole('button', { name: 'Add the rule' }).click();
  await v.sees('third fails');
  await v.page.getByRole('button', { name: 'Change the rule third fails' }).waitFor();
  await v.open('/connections/other?tab=setup', 'other');
  await v.sees('Nobody is told when something about this connection needs a person.');
});

walk('connections are found and sorted, in the address', ada, async (v) => {
  await v.open('/connections?sort=-name', 'Connections');
  const names = v.page.locator('tbody tr td:first-child a');
  await names.first().waitFor();
  expect(await names.allTextContents()).toEqual(['third', 'raced', 'past', 'other', 'mixed']);
  await v.fill('Search connections', 'thi');
  await v.sees('1 of 5 connections');
  expect(new URL(v.page.url()).searchParams.get('q')).toBe('thi');
  await v.page.reload();
  await v.sees('1 of 5 connections');
  await v.accessible();
});

walk('the audience’s tab tells what X says of it, and who goes by it', ada, async (v) => {
  await server.connect('aimed', 'public.aimed');
  await v.open('/connections/aimed?tab=audience', 'aimed');
  await v.sees('after the first run');
  expect(await v.page.getByRole('button', { name: 'Ask X now' }).isDisabled()).toBe(true);
  await v.accessible();
  await server.run('aimed');
  const id = await audienceCalled('aimed');
  // The id and the state are there right after the first run, and nobody has to ask.
  await v.page.reload();
  await v.sees('Too small for campaigns');
  const state = v.page.getByRole('region', { name: 'aimed', exact: true });
  await state.getByText(id, { exact: true }).waitFor();
  await state.getByText('up to 60', { exact: true }).waitFor();
  await v.sees('No campaign of this account uses it, as X tells.');
  await campaign(id, 'Summer', [
    { id: 'l1', name: 'Feed of everybody', servable: true },
    { id: 'l2', name: 'Search', servable: false },
  ]);
  await sql("INSERT INTO aimed SELECT i, 'aimed' || i || '@example.com' FROM generate_series(61, 130) i");
  await server.run('aimed');
  await new Promise((wake) => setTimeout(wake, 5_100)); // what X was asked a moment ago is told again
  await v.press('Ask X now');
  await v.sees('Campaigns can target this audience');
  await state.getByText('130', { exact: true }).waitFor();
  await v.sees('1 campaign with 2 line items, of which 1 can be shown now.');
  await v.sees('is shared with no other');
  await v.page
    .getByRole('img', { name: /the newest is 130\. At 1 time it was too small to target/ })
    .waitFor();
  await v.accessible();
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.open('/connections/aimed?tab=audience', 'aimed');
  await v.sees('Feed of everybody');
  await v.inside();
  await v.open('/connections/aimed', 'aimed');
  await v.page.getByRole('img', { name: /The newest: 70 added, 0 changed, 0 removed/ }).waitFor();
  await v.accessible();
  await v.inside();
});

walk('what campaigns use is not deleted unawares', ada, async (v) => {
  await v.open('/connections/aimed', 'aimed');
  await v.press('More actions');
  await v.page.getByRole('menuitem', { name: 'Delete' }).click();
  const question = v.page.getByRole('dialog');
  await question.getByText('Campaigns use this audience').waitFor();
  await question.getByText('Summer').waitFor();
  await v.accessible();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await server.call('DELETE', '/api/v1/connections/aimed', undefined, { 'If-Match': '*' });
  await v.open('/destinations/x', 'x');
  await v.press('Delete aimed');
  await question.getByText('1 campaign with 2 line items, of which 1 can be shown now.').waitFor();
  await v.accessible();
});

walk('an empty server teaches', newcomer, async (v) => {
  await v.open('/', 'Overview');
  await v.page.getByRole('link', { name: 'Add a source' }).waitFor();
  await v.accessible();
  await v.inside();
});
