import { Button, Group, Paper, Select, Stack, Text } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { columnsQuery } from '../../../api/modelQueries';
import { visible } from '../../../components/visible';
import {
  aggregates,
  asked,
  comparisons,
  none,
  related,
  relationsOf,
  turned,
  whole,
  type Condition,
  type Related,
} from './conditions';
import { GroupOf, Remove, type GroupProps } from './GroupOf';
import { Value } from './Value';

interface Props extends Omit<GroupProps, 'value'> {
  value: Related;
  remove: () => void;
}

const choices = aggregates.flatMap((a) => [
  { value: a.aggregate as string, label: a.label as string },
  ...(a.aggregate === 'exists' ? [{ value: none, label: 'there is none' }] : []),
]);

/** RelatedRows asks how many rows of another table belong to a row, or what they come to. */
export function RelatedRows({ value, onChange, remove, ...group }: Props) {
  const source = group.source?.name ?? '';
  const relation = group.source
    ? relationsOf(group.source.spec as Condition, group.table).find(([name]) => name === value.relation)?.[1]
    : undefined;
  const table = relation?.table ?? '';
  const { data } = useQuery(columnsQuery(source, { table }, table !== ''));
  const columns = data?.columns ?? [];
  const put = (next: Partial<Related>) => onChange(related({ ...value, ...next }));
  const numbers = columns.filter((c) => c.properties.includes('number') || c.name === value.column);
  // Most ask for what is recent.
  const first = columns.find((c) => c.properties[0] === 'time') ?? columns[0];
  const aggregate = aggregates.find((a) => a.aggregate === value.aggregate);
  const name = visible(value.relation);
  return (
    <Paper withBorder p="sm" role="group" aria-label={`Rows of ${name}`}>
      <Stack gap="sm">
        <Group gap="xs" align="flex-start">
          <Text size="sm" mt="xs" fw={600}>
            {name}:
          </Text>
          <Select
            aria-label={`What is asked of ${name}`}
            data={choices}
            value={value.aggregate === 'exists' && value.value === false ? none : value.aggregate}
            allowDeselect={false}
            onChange={(a) => a && onChange(related(turned(value, a)))}
            flex="1 1 140px"
            maw={190}
          />
          {aggregate?.column && (
            <Select
              aria-label={`Column of ${name}`}
              placeholder="of which column"
              data={numbers.map((c) => ({ value: c.name, label: visible(c.name) }))}
              value={value.column || null}
              allowDeselect={false}
              searchable
              onChange={(c) => c && put({ column: c })}
              flex="1 1 140px"
              maw={200}
            />
          )}
          {value.aggregate !== 'exists' && (
            <>
              <Select
                aria-label={`How ${name} are compared`}
                data={comparisons.map((o) => ({ value: o.op, label: o.label }))}
                value={value.op}
                allowDeselect={false}
                onChange={(op) => op && put({ op })}
                flex="1 1 130px"
                maw={160}
              />
              <Value
                label={`Number for ${name}`}
                operand="number"
                samples={[]}
                value={value.value}
                onChange={(next) => put({ value: next })}
              />
            </>
          )}
          <Remove what="condition" onClick={remove} />
        </Group>
        {value.where ? (
          <>
            <Text size="sm">Only those of which</Text>
            <GroupOf
              {...group}
              table={table}
              columns={columns}
              value={whole(value.where)}
              onChange={(next) => put({ where: next })}
              remove={() => put({ where: undefined })}
              depth={group.depth + 1}
            />
          </>
        ) : (
          <Button
            variant="subtle"
            size="compact-sm"
            w="fit-content"
            leftSection={<IconFilter size={14} aria-hidden />}
            disabled={columns.length === 0}
            onClick={() => first && put({ where: { all: [asked(first)] } })}
          >
            Only some of them
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
