import type { Seen } from '../api/schema.gen';

/** seenText is what is told of a column's values to somebody who may not see them. */
export function seenText(seen: Seen | undefined): string {
  if (!seen) return 'not told';
  const valid = { all: '', some: ', some not valid', none: ', not valid' }[seen.valid];
  const nulls = { none: '', some: ', some null', all: ', all null' }[seen.nulls];
  return `${seen.kind}${valid}, ${seen.length} characters${nulls}`;
}
