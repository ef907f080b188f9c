import type { Kind } from '../components/objects';
import { client, etag, take } from './client';
import type { Object as Stored, Steps } from './schema.gen';

type Spec = Stored['spec'];

// One set of calls for both kinds: their paths differ, and nothing else does.

/** createObject makes a source or destination. */
export function createObject(kind: Kind, name: string, spec: Spec): Promise<Stored> {
  const body = { name, spec };
  return take(
    kind === 'source'
      ? client.POST('/api/v1/sources', { body })
      : client.POST('/api/v1/destinations', { body }),
  );
}

/** replaceObject changes one, as long as nobody else did since it was read. */
export function replaceObject(kind: Kind, old: Stored, spec: Spec): Promise<Stored> {
  const call = {
    params: { path: { name: old.name }, header: { 'If-Match': etag(old.version) } },
    body: { spec },
  };
  return take(
    kind === 'source'
      ? client.PUT('/api/v1/sources/{name}', call)
      : client.PUT('/api/v1/destinations/{name}', call),
  );
}

/** deleteObject deletes one, as long as nobody changed it since it was read. */
export function deleteObject(kind: Kind, old: Stored): Promise<unknown> {
  const call = { params: { path: { name: old.name }, header: { 'If-Match': etag(old.version) } } };
  return take<unknown>(
    kind === 'source'
      ? client.DELETE('/api/v1/sources/{name}', call)
      : client.DELETE('/api/v1/destinations/{name}', call),
  );
}

/** testObject tests one as it is stored, or as a form has it. */
export function testObject(kind: Kind, name: string, spec?: Spec): Promise<Steps> {
  const call = { params: { path: { name } }, body: spec ? { spec } : {} };
  return take(
    kind === 'source'
      ? client.POST('/api/v1/sources/{name}/test', call)
      : client.POST('/api/v1/destinations/{name}/test', call),
  );
}
