import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { all } from './queries';
import { client, take } from './client';

/** ModelBody is a table or a query of a source. */
export type ModelBody = { table: string } | { sql: string };

/** tablesQuery lists the tables and views of a source. */
export const tablesQuery = (source: string) =>
  queryOptions({
    queryKey: ['sources', source, 'tables'],
    queryFn: ({ signal }) =>
      all((cursor) =>
        client.GET('/api/v1/sources/{name}/tables', {
          params: { path: { name: source }, query: { cursor, limit: 1000 } },
          signal,
        }),
      ),
    enabled: source !== '',
    staleTime: 60_000,
  });

/** columnsQuery lists the columns of a model with a few values of each. */
export const columnsQuery = (source: string, model: ModelBody, enabled: boolean) =>
  queryOptions({
    queryKey: ['sources', source, 'columns', model],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/columns', {
          params: { path: { name: source } },
          body: model,
          signal,
        }),
      ),
    enabled,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** previewQuery shows the first rows of a model. */
export const previewQuery = (source: string, model: ModelBody, enabled: boolean) =>
  queryOptions({
    queryKey: ['sources', source, 'preview', model],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/preview', {
          params: { path: { name: source } },
          body: { ...model, limit: 50 },
          signal,
        }),
      ),
    enabled,
    staleTime: 60_000,
    // Rows are looked at and not kept.
    gcTime: 0,
  });

/** foundAudiencesQuery finds audiences of an account by name or id. */
export const foundAudiencesQuery = (destination: string, search: string) =>
  queryOptions({
    queryKey: ['destinations', destination, 'audiences', 'found', search],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/v1/destinations/{name}/audiences', {
          params: { path: { name: destination }, query: { q: search, limit: 50 } },
          signal,
        }),
      ),
    enabled: destination !== '',
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

type Spec = Readonly<Record<string, unknown>>;

/** checkQuery asks whether a connection could be made of a spec, and when it would run. */
export const checkQuery = (name: string, spec: Spec, enabled: boolean) =>
  queryOptions({
    queryKey: ['connections', name, 'check', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/check', {
          params: { path: { name } },
          body: { spec },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });

/** payloadQuery shows what would be sent for a few rows of a connection that may not be stored yet. */
export const payloadQuery = (name: string, spec: Spec, enabled: boolean) =>
  queryOptions({
    queryKey: ['connections', name, 'payload', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/payload', {
          params: { path: { name } },
          body: { spec },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 0,
  });
