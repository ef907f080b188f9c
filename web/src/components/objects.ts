import type { Connection, ConnectionHealth } from '../api/schema.gen';
import { textOption, type OptionValues } from './options';

/** Kind is what has options that a kind declares, and is tested. */
export type Kind = 'source' | 'destination';

/** Stored is a source or destination as the server has it. */
export interface Stored {
  name: string;
  spec: OptionValues;
  version: number;
  updated_at: string;
}

/** usersOf are the names of the connections that use a source or destination. */
export function usersOf(kind: Kind, name: string, connections: Connection[]): string[] {
  return connections.filter((c) => c.spec[kind] === name).map((c) => c.name);
}

/** where says in a line where a source or destination is. */
export function where(spec: OptionValues): string {
  const of = (key: string) => textOption(spec[key]);
  if (of('account_id')) return `account ${of('account_id')}`;
  if (of('path')) return of('path');
  const server = [of('host'), of('port')].filter(Boolean).join(':');
  const place = [server, of('database')].filter(Boolean).join('/');
  if (place) return place;
  return spec.url === undefined ? '' : 'by its URL';
}

/**
 * feeders tells which connection feeds which audience of a destination's account, by the id of
 * the audience in lower case. Several destinations may be of one account.
 */
export function feeders(
  destination: Stored,
  destinations: Stored[],
  health: ConnectionHealth[],
): Map<string, string> {
  const account = (d: Stored) =>
    JSON.stringify([textOption(d.spec.account_id).toLowerCase(), d.spec.api_url]);
  const here = new Set(
    [destination, ...destinations].filter((d) => account(d) === account(destination)).map((d) => d.name),
  );
  return new Map(
    health
      .filter((h) => h.audience_id && here.has(h.destination))
      .map((h) => [h.audience_id.toLowerCase(), h.connection]),
  );
}
