import { beforeAll, expect } from 'vitest';

import { withBrowser, Visitor, walk } from './harness';
import { Server, sql } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await sql(`CREATE TABLE people (id int PRIMARY KEY, email text);
    INSERT INTO people SELECT i, 'person' || i || '@example.com' FROM generate_series(1, 20) i`);
  server = await Server.furnished();
  await server.person('eve@example.com', 'viewer');
});

const ada = () => Visitor.as(server, 'ada@example.com');

walk('people are added, changed and disabled', ada, async (v) => {
  await v.open('/settings/people', 'Settings');
  await v.press('Add a person');
  await v.fill(/^E-mail/, 'bob@example.com');
  await v.page.getByRole('radio', { name: 'Editor' }).click();
  await v.fill('First password', 'twelve letters');
  await v.press('Add');
  await v.sees('bob@example.com is added.');
  await v.accessible();
  expect(true).toBe(true);
});
