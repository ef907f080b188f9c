import { client, etag, take } from './client';
import type { FileDifference, FileTaken } from './schema.gen';
import type { Stored } from '../components/objects';

/** mostBytes is the largest file that a server takes. */
export const mostBytes = 32 * 1024 * 1024;

// The file goes as it is; the document calls it text.
const sent = (file: File) => ({
  body: file as unknown as string,
  bodySerializer: (body: string) => body,
  headers: { 'Content-Type': 'application/octet-stream' },
});

/** uploadFile makes a source of a file. */
export function uploadFile(name: string, file: File): Promise<FileTaken> {
  const params = { path: { name }, query: { file: file.name } };
  return take(client.POST('/api/v1/sources/{name}/file', { params, ...sent(file) }));
}

/** compareFile tells what another file would change. */
export function compareFile(name: string, file: File): Promise<FileDifference> {
  const params = { path: { name }, query: { file: file.name } };
  return take(client.POST('/api/v1/sources/{name}/file/difference', { params, ...sent(file) }));
}

/** replaceFile puts a file in the place of a source's, as long as nobody changed that since it was read. */
export function replaceFile(source: Stored, file: File): Promise<FileTaken> {
  const params = {
    path: { name: source.name },
    query: { file: file.name },
    header: { 'If-Match': etag(source.version) },
  };
  return take(client.PUT('/api/v1/sources/{name}/file', { params, ...sent(file) }));
}
