/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" TABLESAMPLE RESERVOIR (1000 ROWS);

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH written AS MATERIALIZED (
  SELECT 0 AS field, m."email" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."email" IS NOT NULL GROUP BY m."email"
  UNION ALL SELECT 1 AS field, m."phone_number" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."phone_number" IS NOT NULL GROUP BY m."phone_number"
),
named AS MATERIALIZED (
  SELECT field, split_part(split_part(eddy_field_0(t), chr(1), 1), ',', 1) AS canon, t, n
  FROM written
  WHERE field = 0 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, v AS canon, t, n
  FROM written AS w, unnest(string_split(split_part(eddy_field_0(w.t), chr(1), 1), ',')) AS v(v)
  WHERE field = 0 AND t LIKE '%,%'
  UNION ALL SELECT field, split_part(split_part(eddy_field_1(t), chr(1), 1), ',', 1) AS canon, t, n
  FROM written
  WHERE field = 1 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, v AS canon, t, n
  FROM written AS w, unnest(string_split(split_part(eddy_field_1(w.t), chr(1), 1), ',')) AS v(v)
  WHERE field = 1 AND t LIKE '%,%'
),
often AS (
  SELECT field, canon
  FROM named
  GROUP BY field, canon
  HAVING sum(n) > 1 AND (canon <> '' OR field NOT IN (0, 1))
)
SELECT DISTINCT n.field, n.canon, n.t, n.n
FROM named n
JOIN often o ON o.field = n.field AND o.canon = n.canon
ORDER BY 1, 2;
