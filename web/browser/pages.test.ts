import { readFile } from 'node:fs/promises';

import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { Server, sql, table } from './world';

withBrowser();

let server: Server;
let pages: string[] = [];

/** most bounds what a browser has to fetch before it shows the first page, in bytes over the wire. */
const most = 400_000;

beforeAll(async () => {
  await table(
    'visitors',
    "SELECT i AS id, CASE WHEN i % 9 = 0 THEN 'nobody' ELSE 'visitor' || i || '@example.com' END AS email FROM generate_series(1, 90) i",
  );
  server = await Server.furnished();
  await server.person('vic@example.com', 'editor');
  await server.call('POST', '/api/v1/alerts', {
    name: 'Failures',
    events: ['run_failed'],
    channel: { type: 'webhook' },
    secrets: { url: 'https://alerts.example.com/eddy' },
  });
  await server.connect('visitors', 'public.visitors', { schedule: { type: 'basic', every: '12h' } });
  await server.connect('resting', 'public.visitors', {
    table: undefined,
    sql: 'SELECT id, email FROM public.visitors WHERE id < 50',
  });
  await server.call('POST', '/api/v1/connections/resting/pause');
  const { run_id: first } = await server.run('visitors');
  await sql('DELETE FROM visitors WHERE id > 20');
  const { run_id: held, status } = await server.run('visitors');
  expect(status).toBe('needs_approval');
  pages = [
    '/',
    '/connections',
    ...['runs', 'audience', 'plan', 'setup'].map((t) => `/connections/visitors?tab=${t}`),
    ...['people', 'mapping', 'audience', 'when'].map((c) => `/connections/visitors?tab=setup&edit=${c}`),
    '/connections/resting?tab=setup',
    '/connections/resting?tab=setup&edit=people',
    ...['source', 'people', 'mapping', 'audience', 'when', 'review'].map(
      (s) => `/connect?source=shop&destination=x&draft=tour&step=${s}`,
    ),
    ...['', '?tab=records', '?tab=payload'].map((t) => `/runs/${first}${t}`),
    `/runs/${held}`,
    '/sources',
    '/sources/shop?table=public.visitors',
    '/destinations',
    '/destinations/x',
    '/people',
    ...['people', 'account', 'alerts', 'audit', 'export'].map((s) => `/settings/${s}`),
  ];
});

const ada = (look = {}) => Visitor.as(server, 'ada@example.com', look);

/** tour opens every page: none keeps anybody out, is wider than the window, or complains. */
async function tour(v: Visitor): Promise<void> {
  for (const page of pages) {
    await v.open(page, /./);
    await v.accessible();
    await v.inside();
  }
}

walk('every page of the router is part of the tour', ada, async () => {
  const router = await readFile(new URL('../src/router.tsx', import.meta.url), 'utf8');
  const routes = [...router.matchAll(/path: '([^']+)'/g)].map((m) => m[1] ?? '');
  expect(routes.length).toBeGreaterThan(10);
  // Those before the log-in are in session.test.ts.
  const before = ['/login', '/setup'];
  for (const route of routes.filter((r) => !before.includes(r))) {
    const form = new RegExp(`^${route.replace(/\{-\$\w+\}|\$\w+/g, '[^/?]+')}(\\?|$)`);
    expect(
      pages.some((p) => form.test(p)),
      route,
    ).toBe(true);
  }
});

walk('every page, wide and light', ada, tour);

walk('every page, narrow and dark', () => ada({ width: 390, height: 844, dark: true }), tour);

walk(
  'the log-in is a light load',
  () => Visitor.come(server),
  async (v) => {
    await v.open('/', 'Log in to Eddy');
    await v.settled();
    const bytes = await v.loaded();
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(most);
  },
);

walk('the first page is a light load, with its charts', ada, async (v) => {
  await v.open('/', 'Overview');
  await v.page.locator('.recharts-surface').first().waitFor();
  await v.settled();
  const bytes = await v.loaded();
  expect(bytes).toBeGreaterThan(200_000);
  expect(bytes).toBeLessThan(most);
});

walk('what is not there says so', ada, async (v) => {
  v.expectRefusal(404);
  for (const page of ['/nowhere', '/connections/nothing', '/runs/nothing', '/sources/nothing']) {
    await v.open(page);
    await v.page
      .getByText(/nothing here|no connection|no run|not found|does not exist|no such/i)
      .first()
      .waitFor();
    await v.accessible();
  }
});
