-- What Redshift has and PostgreSQL has not, as far as tests need it; run in each database of the stand-in.
CREATE FUNCTION strtol(s text, base int) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT ('x' || lpad(s, 16, '0'))::bit(64)::bigint $$; -- of base 16
CREATE FUNCTION getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE 'UTC')::timestamp(0) $$;
-- Redshift's replaces all that matches, and has no flags.
CREATE FUNCTION redshift_regexp_replace(s text, pattern text, other text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT pg_catalog.regexp_replace(s, pattern, other, 'g') $$;
CREATE FUNCTION nvl(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(a, b) $$;
CREATE VIEW svv_tables AS SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables;
CREATE VIEW svv_external_tables AS SELECT ''::text AS schemaname, ''::text AS tablename WHERE false;
