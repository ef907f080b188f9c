import { queryOptions } from '@tanstack/react-query';

import { client, take } from './client';

/** optOutsQuery is the suppression lists, and how far connections are with carrying them out. */
export const optOutsQuery = queryOptions({
  queryKey: ['opt-outs'],
  queryFn: ({ signal }) => take(client.GET('/api/v1/opt-outs', { signal })),
  refetchInterval: 30_000,
});

/** makeUploadedList makes an empty list that addresses and numbers can be uploaded to. */
export function makeUploadedList(name: string, region: string) {
  const upload = region ? { default_region: region } : {};
  return take(client.POST('/api/v1/suppressions', { body: { name, spec: { upload } } }));
}

// A list may grow by other hands meanwhile; to add to whatever is there, or to clear it, is meant all the same.
const whatever = (name: string) => ({ path: { name }, header: { 'If-Match': '*' } });

/** uploadTo adds a file to a list, or lets it take the place of what is there. */
export function uploadTo(name: string, file: File, replace: boolean) {
  const call = {
    params: whatever(name),
    // The file goes as it is; the document calls it text.
    body: file as unknown as string,
    bodySerializer: (body: string) => body,
    headers: { 'Content-Type': 'text/csv' },
  };
  return take(
    replace
      ? client.PUT('/api/v1/suppressions/{name}/identities', call)
      : client.POST('/api/v1/suppressions/{name}/identities', call),
  );
}

/** clearList takes everybody off an uploaded list. */
export function clearList(name: string) {
  return take(client.DELETE('/api/v1/suppressions/{name}/identities', { params: whatever(name) }));
}

/** deleteList deletes a list. */
export function deleteList(name: string) {
  return take(client.DELETE('/api/v1/suppressions/{name}', { params: whatever(name) }));
}
