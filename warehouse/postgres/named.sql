-- Of the names $1, of which those of $2 look like calls: functions that a model may not call, with NULL beside them, and the text of
-- what is to be looked through in turn. Of the server's own functions and of those of
-- extensions, all that are volatile do more than read, but for those named here, which make
-- numbers and times. So do some of three extensions that are not: they carry out a text as SQL, or dial out. And the server's own
-- that write tables as XML read views which no word of the model names.
-- Extensions have functions that are called as columns are, such as schedule.
WITH functions AS (
  SELECT p.oid, p.proname, p.prokind, p.provolatile = 'v' AS volatile, p.oid < 16384 AS own,
    (SELECT x.extname FROM pg_depend d JOIN pg_extension x ON x.oid = d.refobjid
     WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e') AS extension
  FROM pg_proc p
  WHERE p.proname = ANY($1::text[])
    AND p.prorettype <> ALL (ARRAY['tsm_handler', 'index_am_handler', 'table_am_handler', 'language_handler', 'fdw_handler']::regtype[])
)
SELECT proname, NULL AS body FROM functions
WHERE (own OR extension IS NOT NULL AND proname = ANY($2::text[])) AND (volatile OR extension IN ('dblink', 'tablefunc', 'xml2') OR own AND proname ~ '^(table|schema|database)_to_xml')
  AND proname <> ALL (ARRAY['random', 'random_normal', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuidv4', 'uuidv7',
    'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4', 'gen_random_bytes', 'gen_salt']::name[])
UNION ALL
SELECT proname, CASE WHEN prokind = 'a'
  THEN (SELECT concat_ws(' ', a.aggtransfn, a.aggfinalfn, a.aggcombinefn) FROM pg_aggregate a WHERE a.aggfnoid = functions.oid)
  ELSE pg_get_functiondef(oid) END
FROM functions WHERE NOT own AND extension IS NULL
UNION ALL
SELECT relname, pg_get_viewdef(oid) FROM pg_class
WHERE relname = ANY($1::text[]) AND relkind = 'v'
