import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { password, Server, table } from './world';

withBrowser();

let empty: Server;
let server: Server;

beforeAll(async () => {
  await table(
    'guests',
    "SELECT i AS id, 'guest' || i || '@example.com' AS email FROM generate_series(1, 20) i",
  );
  [empty, server] = await Promise.all([Server.start(), Server.furnished()]);
  await server.person('vera@example.com', 'viewer');
  await server.connect('guests', 'public.guests');
});

walk(
  'the first administrator is made with the token of the console',
  () => Visitor.come(empty),
  async (v) => {
    await v.open('/', 'Welcome to Eddy');
    await v.accessible();
    await v.page.goto(`/setup#token=${empty.setupToken}`);
    await v.page.reload();
    await v.fill('Your name', 'Grace');
    await v.fill(/^E-mail/, 'grace@example.com');
    await v.fill(/^Password/, 'too short');
    await v.press('Make the administrator');
    await v.sees('Take at least 12 characters');
    await v.fill(/^Password/, password);
    await v.press('Make the administrator');
    await v.heading(/./);
    await v.page.getByRole('button', { name: 'Grace' }).waitFor();
    // The door is shut behind her.
    await v.page.goto('/setup');
    await v.page.getByRole('button', { name: 'Grace' }).waitFor();
    expect(new URL(v.page.url()).pathname).toBe('/');
  },
);

walk(
  'a log-in leads to the page that was asked for, a wrong password nowhere',
  () => Visitor.come(server),
  async (v) => {
    v.expectRefusal(401);
    await v.open('/settings/account', 'Log in to Eddy');
    await v.accessible();
    await v.fill('E-mail', 'ada@example.com');
    await v.fill(/^Password/, 'no idea at all');
    await v.press('Log in');
    await v.sees('The e-mail address or the password is wrong');
    await v.fill(/^Password/, password);
    await v.page.keyboard.press('Enter');
    await v.heading('Settings');
    expect(new URL(v.page.url()).pathname).toBe('/settings/account');
    await v.press('Ada');
    await v.page.getByRole('menuitem', { name: 'Log out' }).click();
    await v.heading('Log in to Eddy');
  },
);

walk(
  'a viewer sees everything and may not edit',
  () => Visitor.as(server, 'vera@example.com'),
  async (v) => {
    await v.open('/sources', 'Sources');
    await v.page.getByRole('link', { name: 'shop', exact: true }).click();
    await v.heading('shop');
    await v.sees('stored as a secret');
    for (const name of ['Change', 'Delete', 'Test now', 'Make a connection'])
      expect(
        await v.page.getByRole('button', { name }).or(v.page.getByRole('link', { name })).count(),
        name,
      ).toBe(0);
    await v.open('/destinations/x', 'x');
    await v.sees('18ce54d4x5t');
    expect(await v.page.getByRole('button', { name: 'Make an audience' }).count()).toBe(0);
    await v.open('/settings', 'Settings');
    const tabs = await v.page.getByRole('tab').allTextContents();
    expect(tabs).toEqual(['Your account', 'Alerts', 'Suppression']);
    await v.open('/settings/people', 'There is nothing here');
    // What the page does not offer, the server refuses.
    const answer = await v.context.request.delete('/api/v1/sources/shop', { headers: { 'If-Match': '*' } });
    expect(answer.status()).toBe(403);
  },
);
