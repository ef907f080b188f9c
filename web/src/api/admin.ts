import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { client, take } from './client';
import { all } from './queries';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) =>
    all((cursor) => client.GET('/api/v1/users', { params: { query: { cursor, limit: 1000 } }, signal })),
});

/** tokensQuery is one's own tokens; administrators are told everybody's. */
export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) =>
    all((cursor) => client.GET('/api/v1/tokens', { params: { query: { cursor, limit: 1000 } }, signal })),
});

export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  queryFn: ({ signal }) =>
    all((cursor) => client.GET('/api/v1/alerts', { params: { query: { cursor, limit: 1000 } }, signal })),
});

/** webhooksQuery is what hears of the work of other tools. */
export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) =>
    all((cursor) => client.GET('/api/v1/webhooks', { params: { query: { cursor, limit: 1000 } }, signal })),
});

/** auditQuery lists who changed what, newest first, a page at a time. */
export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ signal, pageParam }) =>
    take(client.GET('/api/v1/audit', { params: { query: { cursor: pageParam, limit: 50 } }, signal })),
  initialPageParam: '',
  getNextPageParam: (last) => last.next_cursor || undefined,
});

/** configQuery is everything as the text of a configuration file. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => take(client.GET('/api/v1/config', { parseAs: 'text', signal })),
});

/** audiencesQuery is the audiences of a destination's account. X is asked each time. */
export const audiencesQuery = (name: string) =>
  queryOptions({
    queryKey: ['destinations', name, 'audiences'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        client.GET('/api/v1/destinations/{name}/audiences', {
          params: { path: { name }, query: { cursor, limit: 1000 } },
          signal,
        }),
      ),
    staleTime: 30_000,
  });

/** tablesQuery is the first tables and views of a source whose names have a text in them. */
export const tablesQuery = (name: string, q: string, limit = 200) =>
  queryOptions({
    queryKey: ['sources', name, 'tables', q, limit],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/v1/sources/{name}/tables', {
          params: { path: { name }, query: { q, limit } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

/** columnsQuery is the columns of a table, with samples. */
export const columnsQuery = (name: string, table: string) =>
  queryOptions({
    queryKey: ['sources', name, 'columns', table],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/columns', {
          params: { path: { name } },
          body: { table },
          signal,
        }),
      ),
    staleTime: 60_000,
  });
