import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { password, places, type Server } from './world';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** failed is where pictures of failed tests go. */
const failed = new URL('./failed/', import.meta.url).pathname;

/** wait is how long something may take to show. The machine may have much else to do. */
export const wait = 20_000;

let browser: Browser | undefined;

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Tests run as root in containers, where Chromium's sandbox is not to be had.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-prefers-reduced-motion'],
  });
}

/** withBrowser starts a browser for the tests of a file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });
}

interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
}

/** Visitor is somebody at a browser of their own. */
export class Visitor {
  readonly complaints: string[] = [];
  private refusals: number[] = [];

  private constructor(
    readonly server: Server,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (m) => {
      if (m.type() !== 'error') return;
      const status = Number(/responded with a status of (\d+)/.exec(m.text())?.[1] ?? 0);
      if (!this.refusals.includes(status)) this.complaints.push(`${m.text()} (${m.location().url})`);
    });
    page.on('pageerror', (e) => this.complaints.push(e.stack ?? e.message));
  }

  /** come opens a browser at a server; nobody is logged in. */
  static async come(server: Server, look: Look = {}): Promise<Visitor> {
    if (!browser) throw new Error('call withBrowser() in the file');
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
      colorScheme: look.dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Berlin',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(wait);
    return new Visitor(server, context, page);
  }

  /** as opens a browser in which somebody is logged in already. */
  static async as(server: Server, email: string, look: Look = {}): Promise<Visitor> {
    const v = await Visitor.come(server, look);
    const answer = await v.context.request.post('/api/v1/session', { data: { email, password } });
    expect(answer.status(), await answer.text()).toBe(200);
    return v;
  }

  /** expectRefusal says that the server will answer with this status, which a browser's console tells. */
  expectRefusal(...statuses: number[]): void {
    this.refusals.push(...statuses);
  }

  /** open goes to an address and waits for the page's heading. */
  async open(path: string, heading?: string | RegExp): Promise<void> {
    await this.page.goto(path);
    if (heading) await this.heading(heading);
  }

  async heading(name: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  /** press presses a button. */
  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  }

  /** fill writes into the field with a label. */
  async fill(label: string | RegExp, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: typeof label === 'string' }).fill(text);
  }

  /** fillAccount writes the sandbox's account into the form of an X account. */
  async fillAccount(secret: string): Promise<void> {
    for (const [label, value] of [
      ['Account ID', '18ce54d4x5t'],
      ['Consumer key', 'ck'],
      ['Consumer secret', 'cs'],
      ['Access token', 'at'],
      ['Access token secret', secret],
      ['API URL', places.sandbox],
    ])
      await this.page.getByLabel(new RegExp(`^${label}( \\*)?$`)).fill(value ?? '');
  }

  /** choose takes an option of a select. */
  async choose(label: string | RegExp, option: string | RegExp): Promise<void> {
    await this.page
      .getByRole('combobox', { name: label })
      .or(this.page.getByRole('textbox', { name: label }))
      .click();
    await this.page.getByRole('option', { name: option }).click();
  }

  /** sees waits for a text. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** accessible fails where axe finds what keeps people out. */
  async accessible(): Promise<void> {
    await this.settled();
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(async () => {
      const axe = (window as unknown as { axe: { run: (o: object) => Promise<{ violations: Violation[] }> } })
        .axe;
      interface Violation {
        id: string;
        impact: string;
        help: string;
        nodes: { html: string; failureSummary: string }[];
      }
      const { violations } = await axe.run({ resultTypes: ['violations'] });
      return violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .map(
          (v) =>
            `${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => `  ${n.html}\n    ${n.failureSummary}`).join('\n')}`,
        );
    });
    expect(found, `axe on ${this.page.url()}`).toEqual([]);
  }

  /** settled waits until nothing is being read any more. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(
      () => !document.querySelector('.mantine-Skeleton-root, [aria-busy="true"]'),
    );
  }

  /** inside fails where the page is wider than the window. */
  async inside(): Promise<void> {
    const [content, window] = await this.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(content, `width of ${this.page.url()}`).toBeLessThanOrEqual(window ?? 0);
  }

  /** loaded is how many bytes the page itself takes so far, as they came over the wire: not what it tells of. */
  loaded(): Promise<number> {
    return this.page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((e) => !new URL(e.name).pathname.startsWith('/api/'))
        .map((e) => (e as PerformanceResourceTiming).transferSize)
        .reduce((a, b) => a + b, 0),
    );
  }

  /** nodes counts the elements of the page. */
  nodes(): Promise<number> {
    return this.page.evaluate(() => document.querySelectorAll('*').length);
  }
}

/** walk is a test of somebody who uses the page. It fails as well where the console has an error. */
export function walk(name: string, make: () => Promise<Visitor>, story: (v: Visitor) => Promise<void>): void {
  test(name, async () => {
    const v = await make();
    try {
      await story(v);
      expect(v.complaints, 'errors in the console').toEqual([]);
    } catch (error) {
      mkdirSync(failed, { recursive: true });
      await v.page.screenshot({ path: `${failed}${name.replaceAll(/\W+/g, '-')}.png`, fullPage: true });
      throw error;
    } finally {
      await v.context.close();
    }
  });
}
