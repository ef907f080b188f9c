import { beforeAll, expect } from 'vitest';

import { Visitor, wait, walk, withBrowser } from './harness';
import { audienceCalled, campaign, clearFaults, fault, members, Server, sql, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await Promise.all([
    table(
      'spoiled',
      "SELECT i AS id, CASE WHEN i = 13 THEN 'no address at all' ELSE 'spoiled' || i || '@example.com' END AS email FROM generate_series(1, 60) i",
    ),
    table(
      'shrinking',
      "SELECT i AS id, 'shrinking' || i || '@example.com' AS email FROM generate_series(1, 100) i",
    ),
    table('emptied', "SELECT 1 AS id, 'one@example.com' AS email"),
    table(
      'large',
      // Each with a time of its own, so that they go in eighty requests.
      `SELECT i AS id, 'large' || i || '@example.com' AS email, timestamptz '2030-01-01' + i * interval '1 second' AS until
         FROM generate_series(1, 200000) i`,
    ),
  ]);
  server = await Server.furnished();
  for (const name of ['spoiled', 'shrinking', 'emptied']) await server.connect(name, `public.${name}`);
  await server.connect('large', 'public.large', { mapping: { email: 'email', expires_at: 'until' } });
});

const ada = () => Visitor.as(server, 'ada@example.com');

walk('a record that failed is found and explained', ada, async (v) => {
  const { run_id: id, status } = await server.run('spoiled');
  expect(status).toBe('completed_with_errors');
  await v.open('/', 'Overview');
  await v.accessible();
  await v.open('/connections/spoiled', 'spoiled');
  await v.accessible();
  await v.open(`/runs/${id}`);
  const reasons = v.page.getByRole('region', { name: /to look at/ });
  await reasons.getByText('13', { exact: true }).waitFor();
  await v.accessible();
  await reasons.getByRole('link', { name: 'Show these records' }).click();
  const records = v.page.getByRole('region', { name: 'Table of records' });
  await records.getByRole('row', { name: /13.*Left out/ }).waitFor();
  await v.accessible();
  // The reason names the field and never the value (promise 10).
  expect(await v.page.content()).not.toContain('no address at all');
  expect(await records.getByRole('row', { name: /13/ }).textContent()).toMatch(/email/);
});

walk('the guard asks, and a person approves', ada, async (v) => {
  await server.run('shrinking');
  await sql('DELETE FROM shrinking WHERE id > 20');
  const { run_id: id } = await server.run('shrinking');
  expect(await members(await audienceCalled('shrinking'))).toHaveLength(100);
  await v.open('/', 'Overview');
  await v.page
    .getByRole('link', { name: /shrinking/ })
    .first()
    .waitFor();
  await v.open(`/runs/${id}`);
  await v.sees('This run would remove 80 of 100 identities and 80 of 100 people');
  await v.sees('The connection is as it was when this run began.');
  await v.accessible();
  await v.press('Approve the removal');
  await v.fill('Note', 'the shop in Bern is sold');
  const go = v.page.getByRole('button', { name: 'Approve and remove' });
  expect(await go.isDisabled()).toBe(true);
  await v.fill('Type shrinking to confirm', 'shrinking');
  await go.click();
  await v.page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(id));
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  await v.sees('Approved: the shop in Bern is sold');
  expect(await members(await audienceCalled('shrinking'))).toHaveLength(20);

  // What was decided is decided: the run that was held has no button any more.
  await v.open(`/runs/${id}`);
  await v.sees('nothing can be decided about it any more');
  expect(await v.page.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0);
  await v.accessible();
  await v.open('/settings/audit', 'Settings');
  await v.sees(/approved the run .* of shrinking: “the shop in Bern is sold”/);
});

walk('who would leave is listed, searched and downloaded, and a person rejects', ada, async (v) => {
  await table('cut', "SELECT i AS id, 'cut' || i || '@example.com' AS email FROM generate_series(1, 60) i");
  await server.connect('cut', 'public.cut');
  await server.run('cut');
  await sql('DELETE FROM cut WHERE id > 10');
  const { run_id: id } = await server.run('cut');
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.open(`/runs/${id}`);
  await v.press('List who would leave');
  await v.sees('50 records read');
  await v.fill('Search by id', '4');
  await v.sees('14 records read');
  await v.choose('Why', 'Would lose identities');
  await v.sees('Nobody on the list is like that.');
  await v.choose('Why', 'Would leave');
  await v.sees('14 records read');
  await v.accessible();
  await v.inside();
  const download = v.page.waitForEvent('download');
  await v.page.getByRole('link', { name: 'Download as CSV' }).first().click();
  const file = await (await download).createReadStream();
  let csv = '';
  for await (const part of file) csv += String(part);
  expect(csv.trim().split('\n')).toHaveLength(15);

  const { spec } = await server.call<{ spec: object }>('GET', '/api/v1/connections/cut');
  const looser = { ...spec, settings: { guard: { max_removed_percent: 70 } } };
  await server.call('PUT', '/api/v1/connections/cut', { spec: looser }, { 'If-Match': '"1"' });
  await sql('DELETE FROM cut WHERE id > 5');
  await v.page.reload();
  await v.sees(/ada@example.com changed the settings/);
  await v.press('Count who would leave now');
  await v.sees('As the model is now, 55 of 60 identities and 55 of 60 people would leave.');
  await v.press('Reject');
  await v.fill('Note', 'the export was cut');
  await v.press('Reject the run');
  await v.sees('Rejected, by ada@example.com: the export was cut');
  await expect.poll(() => v.page.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0);
  expect(await members(await audienceCalled('cut'))).toHaveLength(60);
});

walk('whoever approves that an audience is emptied hears which campaigns use it', ada, async (v) => {
  await server.run('emptied');
  await campaign(await audienceCalled('emptied'), 'Autumn', [{ id: 'l1', name: 'Feed', servable: true }]);
  await sql('DELETE FROM emptied');
  const { run_id: id } = await server.run('emptied');
  await v.open(`/runs/${id}`);
  await v.sees('It would empty the audience');
  await v.press('Approve the removal');
  const question = v.page.getByRole('dialog');
  await question.getByText('Campaigns use this audience').waitFor();
  await question.getByText('Autumn').waitFor();
  await v.accessible();
});

walk('a server that cannot be reached is told, and so is that it is back', ada, async (v) => {
  v.expectRefusal(0); // the browser's console tells of requests that did not arrive
  const { run_id: id } = await server.run('spoiled');
  const told = v.page.getByText('The server cannot be reached');
  for (const [path, heading] of [
    ['/', 'Overview'],
    ['/connections', 'Connections'],
    ['/connections/spoiled', 'spoiled'],
    [`/runs/${id}`, 'Run of spoiled'],
  ] as const) {
    await v.open(path, heading);
    await v.settled();
    expect(await told.count(), path).toBe(0);
    await v.context.setOffline(true);
    if (path.startsWith('/runs')) await v.page.getByRole('tab', { name: 'Records' }).click(); // it has ended: nothing watches it
    await told.waitFor();
    await v.heading(heading); // what was told last stays
    await v.accessible();
    await v.context.setOffline(false);
    await told.waitFor({ state: 'detached' });
  }
});

walk('a run of 200,000 rows is seen moving', ada, async (v) => {
  // Requests that take their time, as X's do.
  await fault('on=users,delay=300ms');
  try {
    await v.open('/connections/large', 'large');
    await v.press('Run now');
    await v.page.waitForURL('**/runs/*');
    const bar = v.page.getByRole('progressbar', { name: /progress$/ });
    const seen = new Set<number>();
    for (const late = Date.now() + wait; seen.size < 3 && Date.now() < late;) {
      const now = await bar.getAttribute('aria-valuenow', { timeout: 1_000 }).catch(() => null);
      if (now !== null && Number(now) > 0 && Number(now) < 100) seen.add(Number(now));
    }
    await v.sees(/^[\d.]+K of 200K$/); // changes sent
    await v.sees('Compared');
    expect(seen.size, `progress ${[...seen].join(', ')}`).toBe(3);
    await v.accessible();
    await v.page.getByText('Succeeded', { exact: true }).first().waitFor({ timeout: 60_000 });
    expect(await v.page.getByText('200,000').count()).toBeGreaterThan(0);
  } finally {
    await clearFaults();
  }
  expect(await members(await audienceCalled('large'))).toHaveLength(200_000);
});
