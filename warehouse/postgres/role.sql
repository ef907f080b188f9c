-- What the role of this session may do beside reading, outside of Eddy's own schema $1: one line each.
WITH me AS (SELECT oid, rolname, rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user),
may(n, what) AS (
  SELECT 1, 'is a superuser' FROM me WHERE rolsuper
  UNION ALL
  SELECT 2, 'may make roles' FROM me WHERE rolcreaterole
  UNION ALL
  SELECT 3, 'may replicate the server' FROM me WHERE rolreplication
  UNION ALL
  SELECT 4, 'is a member of ' || string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_roles r, me
  WHERE pg_has_role(me.oid, r.oid, 'MEMBER') AND r.rolname = ANY (ARRAY['pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program',
    'pg_write_all_data', 'pg_signal_backend', 'pg_maintain', 'pg_checkpoint', 'pg_create_subscription', 'pg_database_owner'])
  HAVING count(*) > 0
  UNION ALL
  SELECT 5, 'may make schemas in the database' WHERE has_database_privilege(current_database(), 'CREATE') AND (to_regnamespace(nullif($1, '')) IS NOT NULL OR $1 = '')
  UNION ALL
  SELECT 6, 'may make tables in schema ' || string_agg(quote_ident(nspname), ', ' ORDER BY nspname) FROM pg_namespace
  WHERE has_schema_privilege(oid, 'CREATE') AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' AND oid IS DISTINCT FROM to_regnamespace(nullif($1, ''))
  HAVING count(*) > 0
  UNION ALL
  SELECT 7, 'may change ' || count(*) || CASE count(*) WHEN 1 THEN ' table, ' ELSE ' tables, such as ' END || min(c.oid::regclass::text) FROM pg_class c
  WHERE c.relkind IN ('r', 'p', 'v', 'f') AND c.relnamespace IS DISTINCT FROM to_regnamespace(nullif($1, '')) AND c.relnamespace <> ALL (ARRAY['pg_catalog', 'information_schema']::regnamespace[])
    AND c.relpersistence <> 't' AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
  HAVING count(*) > 0
)
SELECT what FROM may WHERE n = 1 OR NOT EXISTS (SELECT 1 FROM me WHERE rolsuper) ORDER BY n
