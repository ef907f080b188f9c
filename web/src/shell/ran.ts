/** Ran is a query that somebody ran, and when. */
export interface Ran {
  sql: string;
  /** at is in milliseconds. */
  at: number;
}

const prefix = 'eddy.ran.';
/** most is how many are kept of a source, and longest how long one may be. */
const most = 20;
const longest = 10_000;

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** History is what one person ran on one source, in this browser: the newest first, each once. */
export class History {
  readonly #box: Box;
  readonly #key: string;

  constructor(box: Box, person: string, source: string) {
    this.#box = box;
    this.#key = `${prefix}${person}.${source}`;
  }

  list(): Ran[] {
    try {
      const kept: unknown = JSON.parse(this.#box.getItem(this.#key) ?? '[]');
      return Array.isArray(kept) ? kept.filter(isRan).slice(0, most) : [];
    } catch {
      return [];
    }
  }

  add(sql: string, at: number): void {
    const text = sql.trim();
    if (!text || text.length > longest) return;
    const all = [{ sql: text, at }, ...this.list().filter((r) => r.sql !== text)].slice(0, most);
    try {
      this.#box.setItem(this.#key, JSON.stringify(all));
    } catch {
      // Storage is full or switched off: nothing is kept, and the query runs all the same.
    }
  }

  forget(): void {
    this.#box.removeItem(this.#key);
  }
}

/** forgetRan forgets what everybody ran in this browser: whoever comes next is somebody else. */
export function forgetRan(box: Storage): void {
  for (const key of Object.keys(box)) if (key.startsWith(prefix)) box.removeItem(key);
}

function isRan(x: unknown): x is Ran {
  return (
    typeof x === 'object' &&
    x !== null &&
    'sql' in x &&
    typeof x.sql === 'string' &&
    'at' in x &&
    typeof x.at === 'number'
  );
}

/** titleOf is a query in one short line. */
export function titleOf(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
