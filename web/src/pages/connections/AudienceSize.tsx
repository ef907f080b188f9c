import { Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { sizesQuery } from '../../api/watch';
import { count } from '../../components/numbers';
import { verdict } from '../connection/audience';

/** AudienceSize is how many people X has matched, as it said last. */
export function AudienceSize({ name }: { name: string }) {
  const { data } = useQuery({ ...sizesQuery(name, 1), staleTime: 5 * 60_000 });
  const newest = data?.[0];
  const known = newest && newest.size !== null;
  return (
    <Tooltip label={verdict(newest).title} disabled={!data}>
      <Text span size="sm" c={known ? undefined : 'dimmed'}>
        {known ? count(newest.size ?? 0) : '–'}
      </Text>
    </Tooltip>
  );
}
