import type { ConnectionHealth, Object as Stored } from '../api/schema.gen';
import { textOption } from './options';

/** Kind is what has options that a kind declares, and is tested. */
export type Kind = 'source' | 'destination';

/** usersOf are the names of the connections that use a source or destination. */
export function usersOf(kind: Kind, name: string, connections: Stored[]): string[] {
  return connections.filter((c) => c.spec[kind] === name).map((c) => c.name);
}

/** where says in a line where a source or destination is. */
export function where(spec: Stored['spec']): string {
  const of = (key: string) => textOption(spec[key]);
  if (of('account_id')) return `account ${of('account_id')}`;
  if (of('path')) return of('path');
  const server = [of('host'), of('port')].filter(Boolean).join(':');
  const place = [server, of('database')].filter(Boolean).join('/');
  if (place) return place;
  return spec.url === undefined ? '' : 'by its URL';
}

/** audienceOf is the id of the audience that a connection names; empty where Eddy makes it. */
export function audienceOf(connection: Stored): string {
  const audience = connection.spec.audience as { id?: string } | undefined;
  return audience?.id ?? '';
}

/**
 * feeders tells which connection feeds which audience of a destination's account: the one that
 * its configuration names, or that its last run fed where Eddy made the audience.
 */
export function feeders(
  destination: Stored,
  destinations: Stored[],
  connections: Stored[],
  health: ConnectionHealth[],
): Map<string, string> {
  const account = (d: Stored) =>
    JSON.stringify([textOption(d.spec.account_id).toLowerCase(), d.spec.api_url]);
  const here = new Set(
    [destination, ...destinations].filter((d) => account(d) === account(destination)).map((d) => d.name),
  );
  const fed = new Map<string, string>();
  for (const c of connections) {
    if (!here.has(textOption(c.spec.destination))) continue;
    const id = audienceOf(c) || health.find((h) => h.connection === c.name)?.last_run?.audience_id;
    if (id) fed.set(id.toLowerCase(), c.name);
  }
  return fed;
}
