/* eddy: connection vip, run 20261101090000abcd, read times */
SELECT DISTINCT "expires_at" FROM "eddy_stage" WHERE "expires_at" NOT LIKE '____-__-__T__:__:__Z';

/* eddy: connection vip, run 20261101090000abcd, times */
CREATE TEMPORARY TABLE "eddy_times" (field INTEGER, v VARCHAR(65535), iso VARCHAR(65535));

/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE "_eddy"."changes_vip_20261101090000abcd" AS
SELECT STRTOL(LEFT(MD5(s.record_id), 7), 16) % 1024 AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  s.until AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS VARCHAR(65535)) AS was, CAST(NULL AS VARCHAR(65535)) AS held_until,
  s."email" AS "email", s."phone_number" AS "phone_number", s."expires_at" AS "expires_at", CAST(NULL AS VARCHAR(65535)) AS fingerprint, CAST(NULL AS VARCHAR(65535)) AS reason
FROM (
  SELECT m.record_id, m."email" AS "email", m."phone_number" AS "phone_number", CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m."expires_at" END AS "expires_at", CASE WHEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m."expires_at" END BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m."expires_at" END ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m."expires_at" END LIKE '____-__-__T__:__:__Z' AND CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m."expires_at" END BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
  FROM "eddy_stage" m
  LEFT JOIN "eddy_times" t2 ON t2.field = 2 AND t2.v = m."expires_at"
  WHERE m.record_id IS NOT NULL
) s
WHERE s.wanted = 1;
