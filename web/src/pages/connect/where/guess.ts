const ending = /\.(csv|tsv|parquet|json|jsonl|ndjson|xlsx|xlsm)(\.gz|\.zst)?$/i;

/** bare is a table's name without its schema and quotes, or a file's without folder and ending, in small letters. */
function bare(table: string): string {
  if (ending.test(table)) return (table.split('/').pop() ?? '').replace(ending, '').toLowerCase();
  return (table.split('.').pop() ?? '').replaceAll('"', '').toLowerCase();
}

/** ids are the names that a key of a table may have: customer_id of customers. */
function ids(table: string): string[] {
  const name = bare(table);
  const ones = [name, name.replace(/ies$/, 'y'), name.replace(/e?s$/, ''), name.replace(/s$/, '')];
  return ones.flatMap((one) => [`${one}_id`, `${one}id`, `${one}_key`, one]);
}

/** guessed is how two tables may belong together, by the names of their columns; to be looked at. */
export function guessed(
  table: string,
  columns: readonly string[],
  theirs: string,
  theirColumns: readonly string[],
): { key: string; ofKey: string; name: string } {
  const find = (names: string[], among: readonly string[]) =>
    among.find((c) => names.some((name) => name === c.toLowerCase()));
  const key =
    find(ids(table), theirColumns) ??
    theirColumns.find((c) => columns.includes(c) && c.toLowerCase() !== 'id') ??
    '';
  const ofKey = columns.find((c) => key !== '' && c === key) ?? find(['id', ...ids(table)], columns) ?? '';
  return { key, ofKey, name: bare(theirs) };
}

const most = 12;

/**
 * neighbours are the other tables of a table's schema, which its rows likeliest have to do with; none
 * where they are so many that a list helps nobody. Those that a relation leads to are left out.
 */
export function neighbours(table: string, tables: readonly string[], related: readonly string[]): string[] {
  const schema = (name: string) => name.split('.').slice(0, -1).join('.');
  const near = tables.filter((t) => t !== table && schema(t) === schema(table));
  return near.length > most ? [] : near.filter((t) => !related.includes(t));
}
