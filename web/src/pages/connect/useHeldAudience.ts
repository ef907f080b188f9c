import { useQuery } from '@tanstack/react-query';

import { healthQuery } from '../../api/queries';

/** useHeldAudience is the id of the audience that a connection feeds; empty while it has none. */
export function useHeldAudience(connection: string): string {
  const { data } = useQuery(healthQuery);
  return data?.connections.find((c) => c.connection === connection)?.audience_id ?? '';
}
