import type { Point } from '../api/schema.gen';

/** Mark is a mistake in a text, and what is said of it. */
export interface Mark extends Point {
  text: string;
}

/**
 * rangeOf is what a mark is about, in UTF-16 units from the text's beginning: the word that begins at
 * its column, which counts characters, or the line where it has none.
 */
export function rangeOf(text: string, { line, column }: Point): { from: number; to: number } {
  const lines = text.split('\n');
  const at = Math.min(Math.max(line, 1), lines.length) - 1;
  const begin = lines.slice(0, at).reduce((sum, l) => sum + l.length + 1, 0);
  const own = lines[at] ?? '';
  if (column < 1) return { from: begin, to: begin + own.length };
  const before = [...own].slice(0, column - 1).join('').length;
  const word = /^(\w+|.)/u.exec(own.slice(before))?.[0] ?? '';
  return { from: begin + before, to: begin + before + word.length };
}
