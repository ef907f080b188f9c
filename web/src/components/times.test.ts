import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, vi } from 'vitest';

import { date, day, exact, time, zone } from './times';

it('writes one instant in one zone, without its name', () => {
  const at = '2026-11-03T23:30:05Z';
  for (const text of [time(at), exact(at), date(at)]) expect(text).not.toMatch(/UTC|GMT|[AP]M|\(/);
  const offset = new Date(at).getTimezoneOffset();
  expect(time(at).slice(-5)).toBe(new Date(Date.parse(at) - offset * 60_000).toISOString().slice(11, 16));
});

it('a day of the server is that day everywhere', () => expect(day('2026-11-03T00:00:00Z')).toBe('Nov 3'));

it('tells a zone with its distance, and UTC as UTC', () => {
  const real = Intl.DateTimeFormat.prototype.resolvedOptions;
  const be = (timeZone: string) =>
    vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockImplementation(function (
      this: Intl.DateTimeFormat,
    ) {
      return { ...real.call(this), timeZone };
    });
  be('UTC');
  expect(zone()).toBe('UTC');
  be('Europe/Berlin');
  expect(zone()).toMatch(/^Europe\/Berlin, GMT/);
  vi.restoreAllMocks();
});

// A second way to write times is a second zone sooner or later.
it('times are written in one place', () => {
  const root = join(process.cwd(), 'src');
  const files = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? files(path) : [path];
    });
  const others = files(root).filter(
    (path) =>
      /\.tsx?$/.test(path) &&
      !/times(\.test)?\.ts$|schema\.gen/.test(path) &&
      /toLocale(Date|Time)?String|DateTimeFormat\(/.test(readFileSync(path, 'utf8')),
  );
  expect(others.map((path) => path.slice(root.length))).toEqual([]);
});
