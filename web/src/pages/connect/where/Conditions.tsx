import { Alert, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { columnsQuery } from '../../../api/modelQueries';
import { sourceQuery } from '../../../api/queries';
import { ProblemAlert } from '../../../components/ProblemAlert';
import { set, text, type Spec } from '../spec';
import { count, groupOf, whole, type Condition } from './conditions';
import { GroupOf } from './GroupOf';
import { People } from './People';

interface Props {
  spec: Spec;
  change: (spec: Spec) => void;
  error?: string | undefined;
}

/** Conditions says which rows of a table are meant, beside how many they are. */
export function Conditions({ spec, change, error }: Props) {
  const source = text(spec, 'source');
  const table = text(spec, 'table');
  const columns = useQuery(columnsQuery(source, { table }, true));
  const stored = useQuery(sourceQuery(source));
  const where = spec.where as Condition | undefined;
  const group = whole(where);
  const changed = (next: Condition) =>
    change(set(spec, 'where', groupOf(next)?.list.length === 0 ? undefined : next));
  if (columns.error)
    return (
      <ProblemAlert
        error={columns.error}
        title="The table could not be read"
        retry={() => void columns.refetch()}
      />
    );
  return (
    <Stack>
      <Text size="sm">
        {count(group) === 0
          ? 'All rows of the table are meant. Add a condition to choose among them.'
          : 'A row is in the audience if it fulfils these conditions.'}
      </Text>
      {error && <Alert color="red" title={error} />}
      <GroupOf
        source={stored.data}
        table={table}
        connection={text(spec, 'name')}
        columns={columns.data?.columns ?? []}
        value={group}
        onChange={changed}
        depth={0}
      />
      <People spec={spec} change={change} />
    </Stack>
  );
}
