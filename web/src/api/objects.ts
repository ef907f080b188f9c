import type { Kind, Stored } from '../components/objects';
import type { OptionValues } from '../components/options';
import { client, etag, take } from './client';
import type { DestinationSpec, SourceSpec, Steps } from './schema.gen';

// One set of calls for both kinds. What a form holds is checked by the server: what is in it
// depends on the type that somebody chose.
const source = (spec: OptionValues) => spec as SourceSpec;
const destination = (spec: OptionValues) => spec as DestinationSpec;

/** createObject makes a source or destination. */
export async function createObject(kind: Kind, name: string, spec: OptionValues): Promise<Stored> {
  return kind === 'source'
    ? take(client.POST('/api/v1/sources', { body: { name, spec: source(spec) } }))
    : take(client.POST('/api/v1/destinations', { body: { name, spec: destination(spec) } }));
}

/** replaceObject changes one, as long as nobody else did since it was read. */
export async function replaceObject(kind: Kind, old: Stored, spec: OptionValues): Promise<Stored> {
  const params = { path: { name: old.name }, header: { 'If-Match': etag(old.version) } };
  return kind === 'source'
    ? take(client.PUT('/api/v1/sources/{name}', { params, body: { spec: source(spec) } }))
    : take(client.PUT('/api/v1/destinations/{name}', { params, body: { spec: destination(spec) } }));
}

/** deleteObject deletes one, as long as nobody changed it since it was read. */
export async function deleteObject(kind: Kind, old: Stored): Promise<unknown> {
  const params = { path: { name: old.name }, header: { 'If-Match': etag(old.version) } };
  return kind === 'source'
    ? take(client.DELETE('/api/v1/sources/{name}', { params }))
    : take(client.DELETE('/api/v1/destinations/{name}', { params }));
}

/** testObject tests one as it is stored, or as a form has it. */
export async function testObject(kind: Kind, name: string, spec?: OptionValues): Promise<Steps> {
  const params = { path: { name } };
  return kind === 'source'
    ? take(client.POST('/api/v1/sources/{name}/test', { params, body: spec ? { spec: source(spec) } : {} }))
    : take(
        client.POST('/api/v1/destinations/{name}/test', {
          params,
          body: spec ? { spec: destination(spec) } : {},
        }),
      );
}
