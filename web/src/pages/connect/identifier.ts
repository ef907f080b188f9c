import type { Rows } from '../../api/schema.gen';

/** Tally says how well a column names the rows of a sample. */
export interface Tally {
  rows: number;
  nulls: number;
  /** repeated are rows whose value another one has as well; null where values are masked. */
  repeated: number | null;
}

/** tally counts a column's values among the rows of a preview; undefined without such a column. */
export function tally(preview: Rows, column: string): Tally | undefined {
  const i = preview.columns.findIndex((c) => c.name === column);
  if (i < 0) return undefined;
  const seen = new Map<string, number>();
  let nulls = 0;
  for (const row of preview.rows) {
    const value = row?.[i] ?? null;
    if (value === null) nulls++;
    else seen.set(value, (seen.get(value) ?? 0) + 1);
  }
  let repeated = 0;
  for (const n of seen.values()) if (n > 1) repeated += n;
  return { rows: preview.rows.length, nulls, repeated: preview.masked ? null : repeated };
}
