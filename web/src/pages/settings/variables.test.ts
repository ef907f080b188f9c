import { expect, it } from 'vitest';

import { variablesOf } from './variables';

it('finds each variable once, and no escaped one', () => {
  const file =
    'url: postgres://u:${PW}@h/db\nkey: ${X_KEY}\nagain: ${PW}\nsql: "select \'$${no}\'"\nplain: $NO';
  expect(variablesOf(file)).toEqual(['PW', 'X_KEY']);
  expect(variablesOf('sources: {}')).toEqual([]);
});
