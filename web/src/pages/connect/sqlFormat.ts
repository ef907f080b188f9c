import {
  bigquery,
  clickhouse,
  duckdb,
  formatDialect,
  mysql,
  postgresql,
  redshift,
  snowflake,
  spark,
  trino,
  type DialectOptions,
} from 'sql-formatter';

const dialects: Partial<Record<string, DialectOptions>> = {
  bigquery,
  clickhouse,
  databricks: spark,
  duckdb,
  mysql,
  redshift,
  snowflake,
  trino,
};

/** laidOut is a query with a line for each part. It throws where the query cannot be taken apart. */
export function laidOut(sql: string, type: string): string {
  return formatDialect(sql, { dialect: dialects[type] ?? postgresql, keywordCase: 'preserve' });
}
