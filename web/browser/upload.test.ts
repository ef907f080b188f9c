import { beforeAll, expect } from 'vitest';

import { Visitor, walk, withBrowser } from './harness';
import { audienceCalled, members, Server } from './world';

withBrowser();

let server: Server;

beforeAll(async () => {
  server = await Server.furnished();
});

const ada = () => Visitor.as(server, 'ada@example.com');

/** csv is a list of people, as a file. */
function csv(name: string, people: number) {
  const rows = Array.from({ length: people }, (_, i) => `00${i + 1},upload${i + 1}@example.com`);
  return {
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(['id,email', ...rows, ''].join('\n')),
  };
}

walk(
  'a file becomes a source, its people an audience, and a smaller file waits for the guard',
  ada,
  async (v) => {
    v.expectRefusal(422);
    await v.open('/sources', 'Sources');
    await v.press('Add a source');
    await v.page.getByRole('radio', { name: 'Uploaded file' }).click();
    await v.accessible();
    const chooser = v.page.locator('input[type=file]');

    // A file without a header is refused, and the value that stands there is not repeated.
    await chooser.setInputFiles({ ...csv('My list.csv', 0), buffer: Buffer.from('ada@example.com,1\n') });
    expect(await v.page.getByLabel(/^Name/).inputValue()).toBe('my-list');
    await v.press('Upload');
    await v.sees(/column 1 of the first row looks like a value/);
    expect(await v.page.getByRole('dialog').innerText()).not.toContain('ada@example.com');
    await v.accessible();

    // A file that is dropped is taken as one that is chosen.
    const dropped = await v.page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'people.csv'));
      return data;
    }, csv('people.csv', 20).buffer.toString());
    await v.page
      .getByRole('group', { name: 'Drop a file here' })
      .dispatchEvent('drop', { dataTransfer: dropped });
    await v.fill(/^Name/, 'people');
    await v.press('Upload');
    await v.sees('people has 1 table');
    await v.page.getByRole('region', { name: 'Rows of the model' }).waitFor();
    await v.accessible();
    await v.press('Use this source');
    await v.page.waitForURL('**/sources/people**');
    await v.page.getByRole('link', { name: 'main.people' }).waitFor();

    await server.connect('listed', 'main.people', { source: 'people' });
    expect((await server.run('listed')).status).toBe('succeeded');
    expect(await members(await audienceCalled('listed'))).toHaveLength(20);

    // What another file would change is told, and what is used is not taken away.
    await v.press('Replace the file');
    const dialog = v.page.getByRole('dialog', { name: 'Replace the file of people' });
    await chooser.setInputFiles({ ...csv('x.csv', 0), buffer: Buffer.from('id,phone\n1,2\n') });
    await dialog.getByText('Connection listed reads column email').waitFor();
    expect(await dialog.getByRole('button', { name: 'Replace the file' }).isDisabled()).toBe(true);
    await v.accessible();
    await chooser.setInputFiles(csv('fewer.csv', 2));
    await dialog.getByText('20 → 2 rows').waitFor();
    await dialog.getByText(/remove 18 records/).waitFor();
    await dialog.getByText('The run would wait for approval').waitFor();
    await v.accessible();
    await v.page.setViewportSize({ width: 390, height: 844 });
    await v.accessible();
    await dialog.getByRole('button', { name: 'Replace the file' }).click();
    await v.sees('people is changed.');
    expect((await server.run('listed')).status).toBe('needs_approval');
    expect(await members(await audienceCalled('listed'))).toHaveLength(20);
  },
);

walk('the first step of the wizard takes a file', ada, async (v) => {
  await v.open('/connect?step=source');
  await v.press('Add a source');
  await v.page.getByRole('radio', { name: 'Uploaded file' }).click();
  await v.page.locator('input[type=file]').setInputFiles(csv('wizard people.csv', 3));
  await v.press('Upload');
  await v.sees('wizard-people has 1 table');
  await v.accessible();
  await v.press('Use this source');
  await v.page.getByText('wizard_people').first().waitFor();
});
