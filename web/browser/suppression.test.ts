import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { Server, table } from './world';

withBrowser();

let server: Server;

interface OptOuts {
  lists: { name: string; identities?: number }[];
  connections: { connection: string; waiting_since?: string; late: boolean }[];
}

beforeAll(async () => {
  await table(
    'people',
    "SELECT i AS id, 'person' || i || '@example.com' AS email, '+1415555' || lpad(i::text, 4, '0') AS phone FROM generate_series(1, 20) i",
  );
  server = await Server.furnished();
  await server.person('eve@example.com', 'viewer');
  await server.connect('people', 'public.people');
  await server.run('people');
});

const ada = () => Visitor.as(server, 'ada@example.com');
const optOuts = () => server.call<OptOuts>('GET', '/api/v1/opt-outs');
const file = (text: string) => ({ name: 'out.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

walk('who opted out is uploaded, waits, and is carried out by the next run', ada, async (v) => {
  await v.open('/settings/suppression', 'Settings');
  await v.sees('No lists yet');
  await v.accessible();
  await v.press('Make a list');
  await v.fill(/^Name/, 'optout');
  await v.fill('Region of telephone numbers', 'US');
  await v.accessible();
  await v.press('Make the list');
  await v.page.getByRole('dialog', { name: 'Upload to optout' }).waitFor();
  await v.accessible();
  const chooser = v.page.locator('input[type=file]');
  await chooser.setInputFiles(file('Person1@Example.com\n(415) 555-2671\nnot anybody\n'));
  await v.sees('2 lines are taken');
  await v.sees(/^Line 3: /);
  await v.accessible();
  // A list is replaced by a whole file, or not at all.
  v.expectRefusal(422);
  await v.page.getByLabel('Replace what is on the list').check();
  await chooser.setInputFiles(file('not anybody\nperson9@example.com\n'));
  await v.sees(/1 line of 2 name nobody/);
  // A file that is dropped is taken as one that is chosen.
  const dropped = await v.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['email\nperson1@example.com\nperson2@example.com\n'], 'out.csv'));
    return data;
  });
  await v.page
    .getByRole('group', { name: 'Drop a file here' })
    .dispatchEvent('drop', { dataTransfer: dropped });
  await v.sees('The list has 2 identities now.');
  await v.press('Done');
  const waiting = v.page
    .getByRole('table', { name: 'Opt-outs by connection' })
    .getByRole('row', { name: /^people/ });
  await waiting.getByText('ago').first().waitFor();
  const before = await optOuts();
  expect(before.lists).toMatchObject([{ name: 'optout', identities: 2 }]);
  expect(before.connections[0]?.waiting_since).toBeTruthy();
  await v.accessible();
  await server.run('people');
  await v.open('/settings/suppression', 'Settings');
  await waiting.getByText('none').waitFor();
  expect((await optOuts()).connections[0]?.waiting_since).toBeUndefined();
  await v.press('Clear optout');
  await v.sees(/^2 identities on it go/);
  await v.page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click();
  await v.page.getByRole('row', { name: /^optout Uploaded 0/ }).waitFor();
});

walk(
  'on a telephone a viewer sees the lists, and an opt-out that is late is red',
  () => Visitor.as(server, 'eve@example.com', { width: 390 }),
  async (v) => {
    const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await v.page.route('**/api/v1/opt-outs', (route) =>
      route.fulfill({
        json: {
          lists: [{ name: 'optout', kind: 'upload', identities: 1234, version: 2, changed_at: at(30) }],
          connections: [{ connection: 'people', carried_out_at: at(40), waiting_since: at(30), late: true }],
        },
      }),
    );
    await v.open('/settings/suppression', 'Settings');
    await v.sees('over 24 hours');
    await v.sees('1,234');
    expect(await v.page.getByRole('button', { name: /Make a list|Upload|Clear|Delete/ }).count()).toBe(0);
    await v.accessible();
    await v.inside();
  },
);
