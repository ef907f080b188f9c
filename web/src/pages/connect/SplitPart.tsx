import { Alert, Group, Loader, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { valuesQuery } from '../../api/modelQueries';
import type { Values } from '../../api/schema.gen';
import { count, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { visible } from '../../components/visible';
import { ColumnSelect } from './ColumnSelect';
import { at } from './mistakes';
import { mostAudiences, splitOf, text, withSplit } from './spec';
import type { StepProps } from './stepProps';
import { bodyOf, useColumns } from './useModel';

/** SplitPart has an audience made for each value of a column in place of one. */
export function SplitPart({ spec, change, mistakes }: Pick<StepProps, 'spec' | 'change' | 'mistakes'>) {
  const columns = useColumns(spec).data?.columns ?? [];
  const column = splitOf(spec);
  const on = column !== undefined;
  return (
    <Stack gap="xs">
      <Switch
        label="One audience for each value of a column"
        description="Such as one for each country. New values get an audience of their own."
        checked={on}
        onChange={(e) => change(withSplit(spec, e.currentTarget.checked ? '' : undefined))}
      />
      {on && (
        <ColumnSelect
          label="Column"
          columns={columns}
          value={columns.some((c) => c.name === column) ? column : null}
          onChange={(name) => change(withSplit(spec, name))}
          error={at(mistakes, 'split_by')}
        />
      )}
      {column && columns.some((c) => c.name === column) && (
        <HowMany spec={spec} column={column} most={mostAudiences(spec)} />
      )}
    </Stack>
  );
}

function HowMany({ spec, column, most }: { spec: StepProps['spec']; column: string; most: number }) {
  const { data, error, refetch } = useQuery(valuesQuery(text(spec, 'source'), bodyOf(spec), column));
  if (error)
    return (
      <ProblemAlert error={error} title="The values could not be counted" retry={() => void refetch()} />
    );
  if (!data)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">Counting the values in the whole model…</Text>
      </Group>
    );
  const many = data.count > most;
  return (
    <Alert
      role="status"
      color={many ? 'orange' : 'blue'}
      title={`${data.more ? 'More than ' : ''}${plural(data.count, 'value')} now`}
    >
      <Text size="sm">{named(data)}</Text>
      {many && (
        <Text size="sm">
          At most {count(most)} are allowed: a run would be refused. Choose a column with fewer values.
        </Text>
      )}
      {data.without > 0 && (
        <Text size="sm">{plural(data.without, 'row')} without a usable value would be in no audience.</Text>
      )}
    </Alert>
  );
}

/** named names the most frequent values, where one may see them. */
export function named(values: Pick<Values, 'named' | 'count' | 'more'>): string {
  if (values.named.length === 0) return values.count > 0 ? 'Each gets an audience.' : 'No row has one.';
  const rest = values.more || values.count > values.named.length ? ', …' : '.';
  return values.named.map(visible).join(', ') + rest;
}
