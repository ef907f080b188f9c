import { Alert, Group, Loader, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { identifierQuery, type ModelBody } from '../../api/modelQueries';
import { count, plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';

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
  const { data, error, refetch } = useQuery(identifierQuery(source, model, column));
  if (error)
    return (
      <ProblemAlert error={error} title="The column could not be checked" retry={() => void refetch()} />
    );
  if (!data)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">Looking for empty and repeated values in the whole model…</Text>
      </Group>
    );
  if (!data.unique)
    return (
      <Alert
        role="status"
        color="orange"
        icon={<IconAlertTriangle aria-hidden />}
        title={`Among ${plural(data.rows, 'row')} it does not tell all apart`}
      >
        {data.warnings.map((w) => (
          <Text key={w} size="sm">
            {w}
          </Text>
        ))}
      </Alert>
    );
  return (
    <Group gap="xs" role="status" wrap="nowrap" align="flex-start">
      <IconCircleCheck size={18} aria-hidden />
      <Text size="sm">
        {data.rows === 0
          ? 'The model has no rows now, so there is nothing to check.'
          : data.rows === 1
            ? 'The one row has a value.'
            : `All ${count(data.rows)} rows have a value, each a different one.`}
      </Text>
    </Group>
  );
}
