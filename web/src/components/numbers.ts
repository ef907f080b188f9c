const integers = new Intl.NumberFormat('en');
const compacts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** byName orders names as people do, their numbers as numbers: shop 2 is before shop 10. */
export function byName(a: string, b: string): number {
  return names.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** count writes a number with separators: 1,234,567. */
export function count(n: number): string {
  return integers.format(n);
}

/** compact writes a large number in a few characters: 1.2M. */
export function compact(n: number): string {
  return compacts.format(n);
}

/** plural counts things: "1 row", "2 rows". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

// How many digits after the point tell any two shares of whole numbers apart.
const longestPercent = 15;

/**
 * percent writes a part of a whole: "66.7 %". It has as many digits as it takes to be told apart from
 * none and from all: of a million with one missing are "99.9999 %". The server writes the same.
 */
export function percent(some: number, all: number): string {
  const share = all > 0 ? (100 * some) / all : 0;
  let text = share.toFixed(1);
  for (let digits = 2; digits <= longestPercent && isEnd(Number(text)) && !isEnd(share); digits++)
    text = share.toFixed(digits);
  return `${text.replace(/\.0$/, '')} %`;
}

function isEnd(share: number): boolean {
  return share === 0 || share === 100;
}

/** duration writes seconds for people: "0.4 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '';
  if (seconds < 0.1) return 'under 0.1 s';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} days`;
}

/** bytes writes a size: "4.6 MB". */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${i === 0 ? n : n.toFixed(1)} ${units[i]}`;
}
