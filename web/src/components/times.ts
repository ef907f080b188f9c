const relatives = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const dates = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });
const days = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const shorts = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const offsets = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' });

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

/** zone is that zone with how far it is from UTC: "Europe/Berlin, GMT+02:00". The frame of the page tells it, once. */
export function zone(): string {
  const offset = offsets.formatToParts(new Date()).find((p) => p.type === 'timeZoneName')?.value ?? '';
  return here() === 'UTC' ? 'UTC' : `${here()}, ${offset}`;
}

/** time writes an instant in this browser's zone, which is that of the whole page. */
export function time(at: string): string {
  return times.format(new Date(at));
}

/** exact is the same with its seconds. */
export function exact(at: string): string {
  return seconds.format(new Date(at));
}

/** short writes an instant for the foot of a chart, without its year. */
export function short(at: string): string {
  return shorts.format(new Date(at));
}

/** date writes the day of an instant in the page's zone: "Nov 3". */
export function date(at: string): string {
  return dates.format(new Date(at));
}

/** day writes one of the server's days, which has no time of day and so no zone: "Nov 3". */
export function day(at: string): string {
  return days.format(new Date(at));
}
