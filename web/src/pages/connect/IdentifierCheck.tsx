import { Alert, Group, Loader, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { previewQuery, type ModelBody } from '../../api/modelQueries';
import { plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { tally } from './identifier';

/** IdentifierCheck says whether a column has a value in every row, and a different one in each. */
export function IdentifierCheck({
  source,
  model,
  column,
}: {
  source: string;
  model: ModelBody;
  column: string;
}) {
  const { data, error, refetch } = useQuery(previewQuery(source, model, true));
  const found = data && tally(data, column);
  if (error)
    return (
      <ProblemAlert error={error} title="The column could not be checked" retry={() => void refetch()} />
    );
  if (!found)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">Looking for empty and repeated values…</Text>
      </Group>
    );
  const { rows, nulls, repeated } = found;
  if (nulls > 0 || repeated)
    return (
      <Alert
        role="status"
        color="orange"
        icon={<IconAlertTriangle aria-hidden />}
        title="It does not tell all rows apart"
      >
        {nulls > 0 && (
          <Text size="sm">
            {plural(nulls, 'row')} of the first {rows} {nulls === 1 ? 'has' : 'have'} no value. Rows without
            one are left out, and runs end as completed with errors.
          </Text>
        )}
        {repeated ? (
          <Text size="sm">
            {plural(repeated, 'row')} of the first {rows} share their value with another. Rows that are equal
            count once; those that differ are left as they are until they agree.
          </Text>
        ) : null}
      </Alert>
    );
  return (
    <Group gap="xs" role="status" wrap="nowrap" align="flex-start">
      <IconCircleCheck size={18} aria-hidden />
      <Text size="sm">
        {repeated === null
          ? `The first ${plural(rows, 'row')} all have a value. Whether each is different cannot be told from masked values.`
          : `The first ${plural(rows, 'row')} all have a value, each a different one.`}
      </Text>
    </Group>
  );
}
