const relatives = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const local = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const utc = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
const days = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });

const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [30, 'day'],
  [12, 'month'],
  [Infinity, 'year'],
];

/** relative writes a span of milliseconds: "3 minutes ago", "in 2 hours". */
export function relative(ms: number): string {
  let value = ms / 1000;
  if (Math.abs(value) < 10) return value < 0 ? 'just now' : 'now';
  for (const [size, unit] of steps) {
    if (Math.abs(value) < size) return relatives.format(Math.round(value), unit);
    value /= size;
  }
  return '';
}

/** here is the name of this browser's time zone. */
export function here(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** localTime and utcTime write an instant in this browser's zone and in UTC. */
export function localTime(at: string): string {
  return local.format(new Date(at));
}

export function utcTime(at: string): string {
  return `${utc.format(new Date(at))} UTC`;
}

/** instant writes both, or one where they are the same. */
export function instant(at: string): string {
  const u = utcTime(at);
  const l = localTime(at);
  return u === `${l} UTC` ? u : `${u} (${l} here)`;
}

/** day writes a date of UTC: "Nov 3". */
export function day(at: string): string {
  return days.format(new Date(at));
}
