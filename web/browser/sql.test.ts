import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { Server, table } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  await table(
    'patrons',
    `SELECT i AS id, 'patron' || i || '@example.com' AS email FROM generate_series(1, 120) i`,
  );
  server = await Server.furnished();
});

const ada = () => Visitor.as(server, 'ada@example.com', { width: 1440, height: 900 });

walk('a query is written with help, run, cancelled, and found again', ada, async (v) => {
  v.expectRefusal(422, 502);
  await v.open('/connect', 'Connect');
  await v.page.getByRole('radio', { name: 'shop', checked: true }).waitFor();
  await v.press('Continue');
  await v.page.getByText('A SQL query').click();
  const editor = v.page.getByRole('textbox', { name: 'SQL query' });
  const write = async (sql: string) => {
    await editor.click();
    await v.page.keyboard.press('Control+a');
    await v.page.keyboard.insertText(sql);
  };

  // A table of the list is written where the cursor stands.
  await write('SELECT id, emial\nFROM ');
  await v.fill('Search tables', 'patrons');
  await v.page.getByRole('treeitem', { name: 'patrons' }).last().click();
  await expect.poll(() => editor.textContent()).toBe('SELECT id, emialFROM public.patrons');

  // A mistake is where it stands, and is gone when it is mended.
  await v.press('Run it');
  await v.sees('line 1, column 12');
  await v.page.locator('.cm-lint-marker-error').waitFor();
  await expect.poll(() => v.page.locator('.cm-lintRange-error').textContent()).toBe('emial');
  await v.accessible();

  // Names of columns are offered.
  await write('SELECT id, em\nFROM public.patrons');
  expect(await v.page.locator('.cm-lint-marker-error').count()).toBe(0);
  await v.page.keyboard.press('ArrowUp');
  await v.page.keyboard.press('End');
  await v.page.keyboard.type('a');
  // For a moment after it came, a click on the list is not taken.
  const offered = v.page.locator('.cm-tooltip-autocomplete').getByText('email', { exact: true });
  await offered.waitFor();
  const take = async () => {
    if (await offered.isVisible()) await offered.click({ timeout: 1000 }).catch(() => undefined);
    return editor.textContent();
  };
  await expect.poll(take).toContain('SELECT id, email');

  await v.page.keyboard.press('Control+Enter');
  await v.sees('The first 50 rows, 2 columns.');
  await v.sees('120 rows in all.');

  // What takes long is given up.
  await write('SELECT count(*) AS id FROM generate_series(1, 1000000000000)');
  await v.press('Run it');
  await v.sees(/Running for [1-9]/);
  await v.press('Cancel');
  await v.page.getByRole('button', { name: 'Run it' }).waitFor();

  await v.press('Earlier queries');
  await v.accessible();
  await v.page.getByRole('menuitem', { name: /^SELECT id, email FROM public.patrons/ }).click();
  await v.press('Lay out');
  await expect.poll(() => editor.textContent()).toBe('SELECT  id,  emailFROM  public.patrons');
  await v.page.setViewportSize({ width: 390, height: 844 });
  await v.inside();
  await v.accessible();
});
