import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { Problem } from './client';
import { meQuery } from './queries';

/** makeQueryClient keeps what the server answered. What a person may not have is not asked for twice. */
export function makeQueryClient(): QueryClient {
  // A session that ended shows in whatever is asked next: asking who is logged in again
  // leads to the log-in.
  const loggedOut = (error: unknown) => {
    if (error instanceof Problem && error.status === 401)
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: loggedOut }),
    mutationCache: new MutationCache({ onError: loggedOut }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A server on this machine or in this house answers without the internet.
        networkMode: 'always',
        retry: (failures, error) =>
          failures < 3 && error instanceof Problem && (error.status === 0 || error.status >= 502),
      },
      mutations: { networkMode: 'always' },
    },
  });
  return queries;
}
