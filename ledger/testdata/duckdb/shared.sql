/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" TABLESAMPLE RESERVOIR (1000 ROWS);

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH often AS MATERIALIZED (
  SELECT field, canon
  FROM (
    SELECT 0 AS field, nullif(v.v, '') AS canon
    FROM "eddy_stage" m, unnest(string_split(split_part(eddy_field_0(m."email"), chr(1), 1), ',')) AS v(v)
    WHERE m."email" IS NOT NULL
    UNION ALL SELECT 1 AS field, nullif(v.v, '') AS canon
    FROM "eddy_stage" m, unnest(string_split(split_part(eddy_field_1(m."phone_number"), chr(1), 1), ',')) AS v(v)
    WHERE m."phone_number" IS NOT NULL
  ) f
  GROUP BY field, canon
  HAVING count(*) > 1 AND canon IS NOT NULL
)
SELECT DISTINCT field, canon, t, n
FROM (
  SELECT 0 AS field, nullif(v.v, '') AS canon, w.t, w.n
  FROM (SELECT m."email" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."email" IS NOT NULL GROUP BY m."email") w, unnest(string_split(split_part(eddy_field_0(w.t), chr(1), 1), ',')) AS v(v)
  UNION ALL SELECT 1 AS field, nullif(v.v, '') AS canon, w.t, w.n
  FROM (SELECT m."phone_number" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."phone_number" IS NOT NULL GROUP BY m."phone_number") w, unnest(string_split(split_part(eddy_field_1(w.t), chr(1), 1), ',')) AS v(v)
) f
WHERE EXISTS (SELECT 1 FROM often o WHERE o.field = f.field AND o.canon = f.canon)
ORDER BY field, canon;
