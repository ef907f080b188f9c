import { expect, test } from 'vitest';

import { laidOut } from './sqlFormat';

test('a query has a line for each part, and words, texts and comments stay', () => {
  expect(laidOut('select id, \'a  b\' as "x" from t -- whose\nwhere n > 1', 'duckdb')).toBe(
    'select\n  id,\n  \'a  b\' as "x"\nfrom\n  t -- whose\nwhere\n  n > 1',
  );
});

test.each(['bigquery', 'databricks', 'snowflake', 'trino', 'mysql', 'clickhouse', 'redshift', 'postgres'])(
  '%s has names in its own quotes',
  (type) => {
    const quote = ['bigquery', 'databricks', 'mysql'].includes(type) ? '`' : '"';
    expect(laidOut(`SELECT ${quote}a b${quote} FROM t`, type)).toContain(`${quote}a b${quote}`);
  },
);

test('what cannot be taken apart is an error', () => {
  expect(() => laidOut("SELECT 'open", 'postgres')).toThrow();
});
