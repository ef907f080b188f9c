import {
  Card,
  Group,
  ScrollArea,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Tree,
  useTree,
  type TreeNodeData,
} from '@mantine/core';
import { IconChevronRight, IconDatabase, IconSearch } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';

import { tablesQuery } from '../../api/modelQueries';
import { count, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import type { Table as TableOf } from '../../api/schema.gen';
import { TableIcon, TableKind } from '../../components/TableKind';
import { schemaOf, treeOf } from './tables';
import { visible } from '../../components/visible';

interface Props {
  source: string;
  value: string;
  onChange: (table: string) => void;
  error?: string | undefined;
}

/** TableTree chooses a table of a source. Where it lists none, as with files, one writes its name. */
export function TableTree({ source, value, onChange, error }: Props) {
  const { data: tables, error: failed, refetch, isPending } = useQuery(tablesQuery(source));
  const [search, setSearch] = useState('');

  if (isPending)
    return (
      <Stack gap="xs" aria-busy="true" aria-label="Reading the tables">
        {[1, 2, 3, 4].map((i) => (
          <Skeleton key={i} h={28} />
        ))}
      </Stack>
    );
  if (failed) return <ProblemAlert error={failed} retry={() => void refetch()} />;
  if (tables.length === 0) return <WrittenTable value={value} onChange={onChange} error={error} />;
  return (
    <Stack gap="xs">
      <TextInput
        label="Search tables"
        placeholder={`Among ${plural(tables.length, 'table')}`}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
      />
      <Found tables={tables} search={search} value={value} onChange={onChange} />
      {value && (
        <Text size="sm">
          Chosen: <b>{value}</b>
        </Text>
      )}
      {error && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
    </Stack>
  );
}

/** Found are the tables that have a text in their names, below their schemas. */
export function Found({
  tables,
  search,
  value,
  onChange,
}: {
  tables: TableOf[];
  search: string;
  value: string;
  onChange: (table: string) => void;
}) {
  const { nodes, left } = useMemo(() => treeOf(tables, search), [tables, search]);
  const schemas = useMemo(() => nodes.filter((n) => n.children).map((n) => n.value), [nodes]);
  const tree = useTree();
  const { setExpandedState, setSelectedState } = tree;
  useEffect(() => setSelectedState(value ? [value] : []), [value, setSelectedState]);
  // The arrow keys lead through the tree; Enter and Space choose the table that they came to.
  const leaves = useMemo(() => new Set(nodes.flatMap((n) => n.children ?? [n]).map((n) => n.value)), [nodes]);
  const choose = (e: KeyboardEvent<HTMLElement>) => {
    const at = (e.target as HTMLElement).dataset.value ?? '';
    if ((e.key !== 'Enter' && e.key !== ' ') || !leaves.has(at)) return;
    e.preventDefault();
    e.stopPropagation();
    onChange(at);
  };
  // What a search found is to be seen, and so is the only schema there is.
  useEffect(() => {
    const open = search || schemas.length <= 2 ? schemas : [`schema ${schemaOf(value)}`];
    setExpandedState(Object.fromEntries(open.map((s) => [s, true])));
    // A schema that somebody closed stays closed when a table of it is chosen.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [schemas, search, setExpandedState]);

  if (nodes.length === 0) return <Text c="dimmed">No table has that in its name.</Text>;
  return (
    <Card p="xs">
      <ScrollArea.Autosize mah={320}>
        <Tree
          data={nodes}
          tree={tree}
          aria-label="Tables"
          onKeyDownCapture={choose}
          renderNode={({ node, expanded, hasChildren, elementProps }) => (
            <Group
              {...elementProps}
              gap="xs"
              wrap="nowrap"
              pr="xs"
              py="snug"
              bdrs="sm"
              bg={node.value === value ? 'var(--mantine-primary-color-light)' : undefined}
              onClick={(e) => {
                elementProps.onClick(e);
                if (!hasChildren) onChange(node.value);
              }}
            >
              {hasChildren ? (
                <>
                  <IconChevronRight size={14} aria-hidden transform={expanded ? 'rotate(90)' : undefined} />
                  <IconDatabase size={16} stroke={1.6} aria-hidden />
                </>
              ) : (
                <TableIcon kind={kindOf(node)} />
              )}
              <Text size="sm" truncate fw={node.value === value ? 600 : 400}>
                {visible(String(node.label))}
              </Text>
              {!hasChildren && <TableKind kind={kindOf(node)} />}
              {hasChildren && (
                <Text size="xs" c="dimmed">
                  {count(node.children?.length ?? 0)}
                </Text>
              )}
            </Group>
          )}
        />
      </ScrollArea.Autosize>
      {left > 0 && (
        <Text size="sm" c="dimmed" p="xs">
          {count(left)} more; search to find them.
        </Text>
      )}
    </Card>
  );
}

function kindOf(node: TreeNodeData): TableOf['kind'] {
  return (node.nodeProps as { 'data-kind'?: TableOf['kind'] } | undefined)?.['data-kind'] ?? 'table';
}

/** WrittenTable waits until somebody paused before the name counts: each change is looked up. */
function WrittenTable({ value, onChange, error }: Omit<Props, 'source'>) {
  const [written, setWritten] = useState(value);
  const [settled] = useDebouncedValue(written, 500);
  useEffect(() => {
    if (settled !== value) onChange(settled.trim());
    // Only what was written counts here; value follows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  return (
    <TextInput
      label="Table or file"
      description="This source lists no tables. Write a file name or a pattern on the server, such as exports/*.parquet; CSV, Excel, Parquet and JSON files can be read."
      placeholder="people.csv"
      value={written}
      onChange={(e) => setWritten(e.currentTarget.value)}
      error={error}
    />
  );
}
