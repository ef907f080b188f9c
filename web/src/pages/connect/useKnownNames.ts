import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { columnsQuery, tablesQuery } from '../../api/modelQueries';
import { sourcesQuery } from '../../api/queries';
import { mentioned } from './tables';

/** most is of how many tables of a query columns are asked for. */
const most = 4;

/** useKnownNames are the tables of a source, with the columns of those that a query mentions. */
export function useKnownNames(source: string, sql: string) {
  const { data: tables } = useQuery(tablesQuery(source));
  const { data: sources } = useQuery(sourcesQuery);
  const [settled] = useDebouncedValue(sql, 600);
  // To look at a table costs money there, and nobody asked for it.
  const free = sources?.find((s) => s.name === source)?.spec.type !== 'bigquery';
  const named = useMemo(
    () => (tables && free ? mentioned(tables, settled).slice(0, most) : []),
    [tables, settled, free],
  );
  const columns = useQueries({
    queries: named.map((table) => columnsQuery(source, { table }, true)),
    combine: (all) => JSON.stringify(all.map((q) => q.data?.columns.map((c) => c.name) ?? [])),
  });
  return useMemo(() => {
    if (!tables) return undefined;
    const known: Record<string, string[]> = Object.fromEntries(tables.map((t) => [t.name, []]));
    const lists = JSON.parse(columns) as string[][];
    for (const [i, table] of named.entries()) known[table] = lists[i] ?? [];
    return known;
  }, [tables, named, columns]);
}
