import type { Spec } from './spec';

/**
 * Draft is a connection that somebody began to make. It is the connection's own configuration:
 * names, columns, the query. Secrets and rows of the warehouse are never in it.
 */
export interface Draft {
  id: string;
  /** name is what the connection will be called, once somebody gave it one. */
  name?: string | undefined;
  spec: Spec;
  /** step is the one that was open last. */
  step: string;
  /** seen are the steps that were open. */
  seen: string[];
  /** changed is when, in milliseconds. */
  changed: number;
}

const prefix = 'eddy.draft.';
const maxAge = 30 * 24 * 3600 * 1000;

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Drafts are those of one person in this browser. */
export class Drafts {
  readonly #box: Box;
  readonly #prefix: string;

  constructor(box: Box, person: string) {
    this.#box = box;
    this.#prefix = `${prefix}${person}.`;
  }

  get(id: string): Draft | null {
    return parse(this.#box.getItem(this.#prefix + id), id);
  }

  /** is says that a key of the browser's storage is that of a draft. */
  is(key: string | null, id: string): boolean {
    return key === this.#prefix + id;
  }

  /** put keeps a draft. A browser that keeps nothing is no reason to stop somebody's work. */
  put(draft: Draft): void {
    try {
      this.#box.setItem(this.#prefix + draft.id, JSON.stringify(draft));
    } catch {
      // Storage is full or switched off: the draft lasts as long as the page is open.
    }
  }

  remove(id: string): void {
    this.#box.removeItem(this.#prefix + id);
  }

  /** list gives all, the newest first, and drops those that are old or cannot be read. */
  list(now: number): Draft[] {
    const ids: string[] = [];
    for (let i = 0; i < this.#box.length; i++) {
      const key = this.#box.key(i);
      if (key?.startsWith(this.#prefix)) ids.push(key.slice(this.#prefix.length));
    }
    const drafts: Draft[] = [];
    for (const id of ids) {
      const draft = this.get(id);
      if (draft && now - draft.changed < maxAge) drafts.push(draft);
      else this.remove(id);
    }
    return drafts.sort((a, b) => b.changed - a.changed);
  }
}

function parse(text: string | null, id: string): Draft | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { name, spec, step, seen, changed } = value as Partial<Draft>;
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return null;
    if (typeof changed !== 'number') return null;
    return {
      id,
      name: typeof name === 'string' && name ? name : undefined,
      spec,
      step: typeof step === 'string' ? step : '',
      seen: Array.isArray(seen) ? seen.filter((id) => typeof id === 'string') : [],
      changed,
    };
  } catch {
    return null;
  }
}

/** newID names a draft. */
export function newID(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (b) => b.toString(36).padStart(2, '0')).join(
    '',
  );
}

const editing = 'edit ';

/** editID names the changes that somebody is making to a version of a connection. */
export function editID(connection: string, version: number): string {
  return `${editing}${version} ${connection}`;
}

/** editOf is the changes of a connection that somebody began, and the version that they began with. */
export function editOf(
  drafts: Drafts,
  connection: string,
  now: number,
): { draft: Draft; version: number } | null {
  for (const draft of drafts.list(now)) {
    const [, version = '', name] = /^edit (\d+) (.*)$/s.exec(draft.id) ?? [];
    if (name === connection) return { draft, version: Number(version) };
  }
  return null;
}

/** isEdit tells changes of a connection from drafts of new ones. */
export function isEdit(id: string): boolean {
  return id.startsWith(editing);
}
