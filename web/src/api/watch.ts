import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { client, take } from './client';
import type { Record } from './schema.gen';

export type Outcome = Record['status'] | 'all' | '';

/** recordsPage is how many records are asked for at a time, the most that the server gives. */
export const recordsPage = 1000;

/** recordsQuery lists what became of a run's records; without a status, those not delivered. */
export const recordsQuery = (run: string, status: Outcome, record = '') =>
  infiniteQueryOptions({
    queryKey: ['runs', run, 'records', status, record],
    queryFn: ({ signal, pageParam }) =>
      take(
        client.GET('/api/v1/runs/{id}/records', {
          params: {
            path: { id: run },
            query: {
              status: status || undefined,
              record: record || undefined,
              cursor: pageParam,
              limit: recordsPage,
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    staleTime: 60_000,
  });

/** payloadQuery is what X would get for a few rows of a connection as it is stored. */
export const payloadQuery = (name: string) =>
  queryOptions({
    queryKey: ['connections', name, 'payload'],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/payload', { params: { path: { name } }, body: {}, signal }),
      ),
    staleTime: 60_000,
  });

/** sizesQuery is the sizes of a connection's audience, newest first. */
export const sizesQuery = (name: string, limit = 1000) =>
  queryOptions({
    queryKey: ['connections', name, 'sizes', limit],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/v1/connections/{name}/sizes', {
          params: { path: { name }, query: { limit } },
          signal,
        }),
      ).then((page) => page.items),
    staleTime: 60_000,
  });

/** partsQuery is the audiences of a connection that keeps one for each value of a column. */
export const partsQuery = (name: string) =>
  queryOptions({
    queryKey: ['connections', name, 'parts'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/v1/connections/{name}/parts', { params: { path: { name } }, signal })).then(
        (page) => page.items,
      ),
    staleTime: 10_000,
  });

/** askSize asks X for the size and the state of a connection's audience now. */
export const askSize = (name: string) =>
  take(client.POST('/api/v1/connections/{name}/sizes', { params: { path: { name } } }));

/** audienceUseQuery is which campaigns and accounts go by an audience, as X tells it. */
export const audienceUseQuery = (destination: string, id: string) =>
  queryOptions({
    // Not below the audiences of the account: one that was deleted is not to be asked for again.
    queryKey: ['audience-use', destination, id],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/v1/destinations/{name}/audiences/{id}/use', {
          params: { path: { name: destination, id } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

/** daysQuery sums up the runs of each of the last 30 days, of one connection or of all. */
export const daysQuery = (name?: string) =>
  queryOptions({
    queryKey: ['days', name ?? ''],
    queryFn: ({ signal }) =>
      take(
        name === undefined
          ? client.GET('/api/v1/days', { signal })
          : client.GET('/api/v1/connections/{name}/days', { params: { path: { name } }, signal }),
      ).then((answer) => answer.days),
    staleTime: 60_000,
  });

/** planQuery is what a run would do. A person asks for it: it reads the whole model. */
export const planQuery = (name: string, full: boolean) =>
  queryOptions({
    queryKey: ['connections', name, 'plan', full],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/plan', {
          params: { path: { name } },
          body: { full },
          signal,
        }),
      ),
    enabled: false,
    staleTime: Infinity,
    gcTime: 10 * 60_000,
    retry: false,
  });

/** startRun starts a run of a connection. */
export const startRun = (name: string, full = false) =>
  take(
    client.POST('/api/v1/connections/{name}/runs', {
      params: { path: { name } },
      body: { full },
    }),
  );

/** leavingQuery lists who would leave by a run that is held: those whose id has a text in it. */
export const leavingQuery = (run: string, q: string, reason: string) =>
  infiniteQueryOptions({
    queryKey: ['runs', run, 'leaving', q, reason],
    queryFn: ({ signal, pageParam }) =>
      take(
        client.GET('/api/v1/runs/{id}/records', {
          params: {
            path: { id: run },
            query: {
              status: 'held',
              q: q || undefined,
              reason: reason || undefined,
              cursor: pageParam,
              limit: 100,
            },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    staleTime: 60_000,
  });

/** approveRun starts a run that goes on as far as a held one showed; note says why. */
export const approveRun = (id: string, note: string) =>
  take(client.POST('/api/v1/runs/{id}/approve', { params: { path: { id } }, body: { note } }));

/** rejectRun drops a held run; note says why. */
export const rejectRun = (id: string, note: string) =>
  take(client.POST('/api/v1/runs/{id}/reject', { params: { path: { id } }, body: { note } }));

export const cancelRun = (id: string) =>
  take(client.POST('/api/v1/runs/{id}/cancel', { params: { path: { id } } }));
