import { ActionIcon, Button, Group, Menu, Paper, Select, Stack } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { tablesQuery } from '../../../api/modelQueries';
import { connectionsQuery } from '../../../api/queries';
import type { Column, Connection, Source } from '../../../api/schema.gen';
import { visible } from '../../../components/visible';
import { asked, groupOf, relatedOf, relationsOf, testOf, type Condition, type GroupKey } from './conditions';
import { neighbours } from './guess';
import { MemberOf } from './MemberOf';
import { NewRelation } from './NewRelation';
import { RelatedRows } from './RelatedRows';
import { TestOf } from './TestOf';
import classes from './where.module.css';

export interface GroupProps {
  /** source is the stored one; nothing until it is read. */
  source: Source | undefined;
  table: string;
  /** connection is the name of the one that asks. */
  connection: string;
  columns: Column[];
  value: Condition;
  onChange: (c: Condition) => void;
  /** remove takes the group away; the outermost one stays. */
  remove?: () => void;
  depth: number;
}

const joins: { value: GroupKey; label: string }[] = [
  { value: 'all', label: 'all of these are true' },
  { value: 'any', label: 'at least one of these is true' },
  { value: 'none', label: 'none of these is true' },
];

/** deepest is how deep groups nest on the page; a file can have more. */
const deepest = 4;

/** GroupOf is conditions that are joined in one way. */
export function GroupOf(props: GroupProps) {
  const { value, onChange, remove, depth, columns } = props;
  const { data: connections } = useQuery(connectionsQuery);
  // relating is the table that a relation is to be made to; empty where it is not chosen yet.
  const [relating, setRelating] = useState<string | null>(null);
  const { key, list } = groupOf(value) ?? { key: 'all' as const, list: [] };
  const put = (next: Condition[]) => onChange({ [key]: next });
  const add = (c: Condition) => put([...list, c]);
  const relations = props.source ? relationsOf(props.source.spec as Condition, props.table) : [];
  const tables = useQuery(tablesQuery(props.source?.name ?? ''));
  const near = neighbours(
    props.table,
    (tables.data ?? []).map((t) => t.name),
    relations.map(([, r]) => r.table),
  );
  const others = audiences(connections ?? [], props.source?.name, props.connection);
  const first = columns[0];
  return (
    <Paper withBorder={depth > 0} p={depth > 0 ? 'sm' : 0} role="group" aria-label="Conditions">
      <Stack gap="sm">
        {(list.length > 1 || depth > 0 || key !== 'all') && (
          <Group gap="xs" wrap="nowrap">
            <Select
              aria-label="How conditions are joined"
              data={joins}
              value={key}
              allowDeselect={false}
              onChange={(next) => next && onChange({ [next]: list })}
              w={250}
              maw="100%"
            />
            {remove && <Remove what="group" onClick={remove} />}
          </Group>
        )}
        {list.map((c, i) => (
          <One
            key={i}
            {...props}
            value={c}
            onChange={(next) => put(list.map((x, j) => (j === i ? next : x)))}
            remove={() => put(list.filter((_, j) => j !== i))}
            others={others}
          />
        ))}
        <Group gap="xs">
          <Menu position="bottom-start">
            <Menu.Target>
              <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} disabled={!first}>
                Add a condition
              </Button>
            </Menu.Target>
            <Menu.Dropdown mah={320} className={classes.long}>
              <Menu.Label>A column</Menu.Label>
              {columns.map((c) => (
                <Menu.Item key={c.name} onClick={() => add(asked(c))}>
                  {visible(c.name)}
                </Menu.Item>
              ))}
              <Menu.Label>What belongs to it</Menu.Label>
              {relations.map(([name]) => (
                <Menu.Item key={name} onClick={() => add({ relation: name, count: { at_least: 1 } })}>
                  {visible(name)}
                </Menu.Item>
              ))}
              {near.map((theirs) => (
                <Menu.Item key={theirs} onClick={() => setRelating(theirs)}>
                  Rows of {visible(theirs)}
                </Menu.Item>
              ))}
              {props.source && (
                <Menu.Item onClick={() => setRelating('')}>The rows of another table…</Menu.Item>
              )}
              {depth === 0 && others.length > 0 && (
                <Menu.Item onClick={() => add({ audience: others[0], in: true })}>Another audience</Menu.Item>
              )}
              {depth < deepest && <Menu.Divider />}
              {depth < deepest && (
                <Menu.Item onClick={() => add({ any: first ? [asked(first)] : [] })}>
                  A group of conditions
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
        {relating !== null && props.source && (
          <NewRelation
            source={props.source}
            table={props.table}
            theirs={relating}
            columns={columns}
            close={() => setRelating(null)}
            made={(name) => {
              setRelating(null);
              add({ relation: name, count: { at_least: 1 } });
            }}
          />
        )}
      </Stack>
    </Paper>
  );
}

/** audiences are the other connections of a source. */
function audiences(connections: Connection[], source: string | undefined, own: string): string[] {
  return connections.filter((c) => c.spec.source === source && c.name !== own).map((c) => c.name);
}

/** One is one condition of a group, whatever it is. */
function One(props: GroupProps & { remove: () => void; others: string[] }) {
  const { value, onChange, remove, columns } = props;
  const test = testOf(value);
  const rows = relatedOf(value);
  if (groupOf(value)) return <GroupOf {...props} depth={props.depth + 1} />;
  if (test) return <TestOf columns={columns} value={test} onChange={onChange} remove={remove} />;
  if (rows) return <RelatedRows {...props} value={rows} onChange={onChange} />;
  return <MemberOf others={props.others} value={value} onChange={onChange} remove={remove} />;
}

/** Remove takes one thing away. */
export function Remove({ what, onClick }: { what: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove the ${what}`} onClick={onClick}>
      <IconTrash size={16} aria-hidden />
    </ActionIcon>
  );
}
