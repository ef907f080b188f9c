import { beforeAll, expect } from 'vitest';

import { Visitor, wait, walk, withBrowser } from './harness';
import { audienceCalled, clearFaults, fault, members, Server, sql, table } from './world';

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
    table(
      'large',
      // Each with a time of its own, so that they go in eighty requests.
      `SELECT i AS id, 'large' || i || '@example.com' AS email, timestamptz '2030-01-01' + i * interval '1 second' AS until
         FROM generate_series(1, 200000) i`,
    ),
  ]);
  server = await Server.furnished();
  for (const name of ['spoiled', 'shrinking']) await server.connect(name, `public.${name}`);
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
  await v.accessible();
  await v.press('Approve the removal');
  const go = v.page.getByRole('button', { name: 'Approve and remove' });
  expect(await go.isDisabled()).toBe(true);
  await v.fill('Type shrinking to confirm', 'shrinking');
  await go.click();
  await v.page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(id));
  await v.page.getByText('Succeeded', { exact: true }).first().waitFor();
  expect(await members(await audienceCalled('shrinking'))).toHaveLength(20);
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
    expect(seen.size, `progress ${[...seen].join(', ')}`).toBe(3);
    await v.accessible();
    await v.page.getByText('Succeeded', { exact: true }).first().waitFor({ timeout: 60_000 });
    expect(await v.page.getByText('200,000').count()).toBeGreaterThan(0);
  } finally {
    await clearFaults();
  }
  expect(await members(await audienceCalled('large'))).toHaveLength(200_000);
});
