import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { all } from './queries';
import { client, Problem, take } from './client';
import type { ConnectionSpec, Schedule } from './schema.gen';

/** ModelBody is a table, with conditions or without, or a query of a source. */
export type ModelBody = { table: string; where?: Readonly<Record<string, unknown>> } | { sql: string };

/** again tries once more where the server was busy or away; a model that cannot be read stays so. */
const again = (failures: number, error: Error) =>
  failures < 3 && error instanceof Problem && (error.status === 0 || error.status === 503);

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
    retry: again,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/**
 * countQuery counts the rows of a model, and tells the SQL of its conditions. Who asks something
 * else has the warehouse stop. identifier is the column that names records, if there is one yet.
 */
export const countQuery = (source: string, model: ModelBody, identifier: string, enabled: boolean) =>
  queryOptions({
    queryKey: ['sources', source, 'count', model, identifier],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/count', {
          params: { path: { name: source } },
          body: { ...model, ...(identifier ? { identifier } : {}) },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    retry: again,
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
    retry: again,
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

/**
 * Draft is a spec that may not be complete: the server says what is missing. What it is sent as is
 * the whole one.
 */
export type Draft = Readonly<Record<string, unknown>>;

/** connectionSpec sends a draft; the server judges it. */
export function connectionSpec(draft: Draft): ConnectionSpec {
  return draft as unknown as ConnectionSpec;
}

/** checkQuery asks whether a connection could be made of a spec, and when it would run. */
export const checkQuery = (name: string, spec: Draft, enabled: boolean) =>
  queryOptions({
    queryKey: ['drafts', name, 'check', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/check', {
          params: { path: { name } },
          body: { spec: connectionSpec(spec) },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });

/** connectionTestQuery tells what a run of a connection that may not be stored yet would refuse at once. */
export const connectionTestQuery = (name: string, spec: Draft) =>
  queryOptions({
    queryKey: ['drafts', name, 'test', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/test', {
          params: { path: { name } },
          body: { spec: connectionSpec(spec) },
          signal,
        }),
      ),
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  });

/** payloadQuery shows what would be sent for a few rows of a connection that may not be stored yet. */
export const payloadQuery = (name: string, spec: Draft, enabled: boolean) =>
  queryOptions({
    queryKey: ['drafts', name, 'payload', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/payload', {
          params: { path: { name } },
          body: { spec: connectionSpec(spec) },
          signal,
        }),
      ),
    enabled,
    placeholderData: keepPreviousData,
    retry: again,
    staleTime: 30_000,
    gcTime: 0,
  });

/**
 * draftPlanQuery is what a run would do if a connection were as a spec says. It reads the whole
 * model: it is made once for a spec, and kept while somebody goes back and forth.
 */
export const draftPlanQuery = (name: string, spec: Draft, enabled: boolean) =>
  queryOptions({
    queryKey: ['drafts', name, 'plan', spec],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/connections/{name}/plan', {
          params: { path: { name } },
          body: { spec: connectionSpec(spec) },
          signal,
        }),
      ),
    enabled,
    staleTime: Infinity,
    gcTime: 10 * 60_000,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** identifierQuery counts how well a column names the records of a model. It reads the whole model. */
export const identifierQuery = (source: string, model: ModelBody, column: string) =>
  queryOptions({
    queryKey: ['sources', source, 'identifier', model, column],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/identifier', {
          params: { path: { name: source } },
          body: { ...model, column },
          signal,
        }),
      ),
    retry: again,
    staleTime: 60_000,
  });

/** valuesQuery tells into how many audiences a column would part the rows of a model. It reads all of it. */
export const valuesQuery = (source: string, model: ModelBody, column: string) =>
  queryOptions({
    queryKey: ['sources', source, 'values', model, column],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/values', {
          params: { path: { name: source } },
          body: { ...model, column },
          signal,
        }),
      ),
    retry: again,
    staleTime: 60_000,
  });

/**
 * suggestionsQuery tells which columns look like which fields of a destination, or of any where none
 * is chosen, and what to doubt in a mapping of fields to columns.
 */
export const suggestionsQuery = (
  source: string,
  model: ModelBody,
  destination: string,
  mapping: Record<string, string>,
  enabled: boolean,
) =>
  queryOptions({
    queryKey: ['sources', source, 'suggestions', model, destination, mapping],
    queryFn: ({ signal }) =>
      take(
        client.POST('/api/v1/sources/{name}/suggestions', {
          params: { path: { name: source } },
          body: { ...model, ...(destination ? { destination } : {}), mapping },
          signal,
        }),
      ),
    enabled: enabled && source !== '',
    placeholderData: keepPreviousData,
    retry: again,
    staleTime: 60_000,
  });

/** timesQuery tells the next times of a schedule. */
export const timesQuery = (schedule: Schedule) =>
  queryOptions({
    queryKey: ['schedules', 'preview', schedule],
    queryFn: ({ signal }) => take(client.POST('/api/v1/schedules/preview', { body: schedule, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
