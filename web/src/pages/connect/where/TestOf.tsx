import { Group, Select, Text } from '@mantine/core';

import type { Column } from '../../../api/schema.gen';
import { visible } from '../../../components/visible';
import { asked, fresh, operatorOf, operatorsOf, test, type Condition, type Test } from './conditions';
import { Remove } from './GroupOf';
import { Value } from './Value';

interface Props {
  columns: Column[];
  value: Test;
  onChange: (c: Condition) => void;
  remove: () => void;
}

/** TestOf asks something of a column. */
export function TestOf({ columns, value, onChange, remove }: Props) {
  const column = columns.find((c) => c.name === value.column);
  const operator = operatorOf(column, value.op);
  const turn = (op: string) => {
    const next = operatorOf(column, op);
    onChange(
      test({ ...value, op, value: next.operand === operator.operand ? value.value : fresh(next.operand) }),
    );
  };
  const names = columns.map((c) => ({ value: c.name, label: visible(c.name) }));
  return (
    <Group gap="xs" align="flex-start">
      <Select
        aria-label="Column"
        data={column ? names : [{ value: value.column, label: visible(value.column) }, ...names]}
        value={value.column}
        error={column || columns.length === 0 ? undefined : 'The table has no such column'}
        allowDeselect={false}
        searchable
        onChange={(name) => {
          const next = columns.find((c) => c.name === name);
          if (next) onChange(asked(next));
        }}
        flex="1 1 160px"
        maw={240}
      />
      <Select
        aria-label={`What is asked of ${value.column}`}
        data={operatorsOf(column).map((o) => ({ value: o.op, label: o.label }))}
        value={operator.op}
        allowDeselect={false}
        onChange={(op) => op && turn(op)}
        flex="1 1 150px"
        maw={220}
      />
      <Value
        label={`Value for ${value.column}`}
        operand={operator.operand}
        samples={column?.samples ?? []}
        value={value.value}
        onChange={(next) => onChange(test({ ...value, op: operator.op, value: next }))}
      />
      {operator.operand === 'days' && (
        <Text size="sm" mt="xs">
          days
        </Text>
      )}
      <Remove what="condition" onClick={remove} />
    </Group>
  );
}
