import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { client, take } from './client';
import type { Run } from './schema.gen';

/** me is who is logged in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => (await take(client.GET('/api/v1/session', { signal }))).me ?? null,
  staleTime: 60_000,
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => take(client.GET('/api/v1/setup', { signal })),
  staleTime: 60_000,
});

/** kindsQuery is what can be connected, and the options of each: it changes with the program only. */
export const kindsQuery = queryOptions({
  queryKey: ['kinds'],
  queryFn: ({ signal }) => take(client.GET('/api/v1/kinds', { signal })),
  staleTime: Infinity,
});

/** healthQuery is how all connections do. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }) => {
    const page = (cursor: string) =>
      take(client.GET('/api/v1/health', { params: { query: { cursor, limit: 1000 } }, signal }));
    const health = await page('');
    for (let next = health.next_cursor; next;) {
      const more = await page(next);
      health.connections.push(...more.connections);
      next = more.next_cursor;
    }
    return health;
  },
  refetchInterval: 10_000,
});

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) =>
    all((cursor) => client.GET('/api/v1/sources', { params: { query: { cursor, limit: 1000 } }, signal })),
});

export const sourceQuery = (name: string) =>
  queryOptions({
    queryKey: ['sources', name],
    queryFn: ({ signal }) =>
      take(client.GET('/api/v1/sources/{name}', { params: { path: { name } }, signal })),
  });

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: ({ signal }) =>
    all((cursor) =>
      client.GET('/api/v1/destinations', { params: { query: { cursor, limit: 1000 } }, signal }),
    ),
});

export const destinationQuery = (name: string) =>
  queryOptions({
    queryKey: ['destinations', name],
    queryFn: ({ signal }) =>
      take(client.GET('/api/v1/destinations/{name}', { params: { path: { name } }, signal })),
  });

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: ({ signal }) =>
    all((cursor) =>
      client.GET('/api/v1/connections', { params: { query: { cursor, limit: 1000 } }, signal }),
    ),
});

export const connectionQuery = (name: string) =>
  queryOptions({
    queryKey: ['connections', name],
    queryFn: ({ signal }) =>
      take(client.GET('/api/v1/connections/{name}', { params: { path: { name } }, signal })),
  });

/** versionsQuery lists what a connection was, newest first, a page at a time. */
export const versionsQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ['connections', name, 'versions'],
    queryFn: ({ signal, pageParam }) =>
      take(
        client.GET('/api/v1/connections/{name}/versions', {
          params: { path: { name }, query: { cursor: pageParam, limit: 25 } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });

/** versionQuery is what a connection was made of once. */
export const versionQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: ['connections', name, 'versions', version],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/v1/connections/{name}/versions/{version}', {
          params: { path: { name, version } },
          signal,
        }),
      ),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id],
    queryFn: ({ signal }) => take(client.GET('/api/v1/runs/{id}', { params: { path: { id } }, signal })),
  });

/** statementsQuery is what the warehouse carried out for a run that has ended: it does not change. */
export const statementsQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'statements'],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { statements: true } };
      return (await take(client.GET('/api/v1/runs/{id}', { params, signal }))).statements ?? [];
    },
    staleTime: Infinity,
    retry: false,
  });

/** runsQuery lists runs, newest first, a page at a time. */
export const runsQuery = (
  filter: { connection?: string; status?: Run['status']; since?: string },
  limit = 25,
) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'list', filter, limit],
    queryFn: ({ signal, pageParam }) =>
      take(
        client.GET('/api/v1/runs', { params: { query: { ...filter, cursor: pageParam, limit } }, signal }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });

/** all reads every page of a list. */
export async function all<T>(
  page: (
    cursor: string,
  ) => Promise<{ data?: { items: T[]; next_cursor?: string }; error?: unknown; response: Response }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor = '';
  do {
    const next = await take(page(cursor));
    if (!next) break;
    items.push(...next.items);
    cursor = next.next_cursor ?? '';
  } while (cursor);
  return items;
}
