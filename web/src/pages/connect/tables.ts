import type { TreeNodeData } from '@mantine/core';

import { byName } from '../../components/numbers';
import type { Table } from '../../api/schema.gen';

/** schemaOf is the part of a table's name before its last dot; empty where there is none. */
export function schemaOf(table: string): string {
  let quoted = false;
  let dot = -1;
  for (let i = 0; i < table.length; i++) {
    if (table[i] === '"') quoted = !quoted;
    else if (table[i] === '.' && !quoted) dot = i;
  }
  return dot < 0 ? '' : table.slice(0, dot);
}

/** shown is how many tables a tree has at most: a person searches among more. */
export const shown = 300;

/**
 * treeOf puts tables below their schemas. Leaves have the name of the table as their value, and its kind
 * among their properties.
 */
export function treeOf(tables: readonly Table[], search: string): { nodes: TreeNodeData[]; left: number } {
  const wanted = search.trim().toLowerCase();
  const found = tables.filter(({ name }) => name.toLowerCase().includes(wanted));
  found.sort((a, b) => byName(a.name, b.name));
  const schemas = new Map<string, TreeNodeData[]>();
  for (const { name, kind } of found.slice(0, shown)) {
    const schema = schemaOf(name);
    const leaves = schemas.get(schema) ?? [];
    leaves.push({
      value: name,
      label: schema ? name.slice(schema.length + 1) : name,
      nodeProps: { 'data-kind': kind },
    });
    schemas.set(schema, leaves);
  }
  const nodes = Array.from(schemas, ([schema, leaves]) =>
    schema ? [{ value: `schema ${schema}`, label: schema, children: leaves }] : leaves,
  ).flat();
  return { nodes, left: Math.max(0, found.length - shown) };
}

/** mentioned are the tables whose name, with its schema or without, stands in a query. */
export function mentioned(tables: readonly Table[], sql: string): string[] {
  const text = sql.toLowerCase();
  return tables
    .map((t) => t.name)
    .filter((name) => {
      const schema = schemaOf(name);
      const last = (schema ? name.slice(schema.length + 1) : name).toLowerCase();
      for (let at = text.indexOf(last); at >= 0; at = text.indexOf(last, at + 1))
        if (!inWord.test(text[at - 1] ?? ' ') && !inWord.test(text[at + last.length] ?? ' ')) return true;
      return false;
    });
}

const inWord = /[\p{L}\p{N}_$]/u;
