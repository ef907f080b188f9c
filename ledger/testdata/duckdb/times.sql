/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE "state"."main"."changes_vip_20261101090000abcd" AS
SELECT CAST(hash(s.record_id) % 1024 AS INTEGER) AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  s.until AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS VARCHAR) AS was, CAST(NULL AS VARCHAR) AS held_until,
  eddy_field_0(s."email") AS "email", eddy_field_1(s."phone_number") AS "phone_number", s."expires_at" AS "expires_at", s.fingerprint AS fingerprint, CAST(NULL AS VARCHAR) AS reason
FROM (
  SELECT m.record_id, m."email" AS "email", m."phone_number" AS "phone_number", eddy_field_2(m."expires_at") AS "expires_at", eddy_fingerprint(m."email", m."phone_number", m."expires_at") AS fingerprint, CASE WHEN eddy_field_2(m."expires_at") BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN eddy_field_2(m."expires_at") ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN eddy_field_2(m."expires_at") LIKE '____-__-__T__:__:__Z' AND eddy_field_2(m."expires_at") BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
  FROM "eddy_stage" m
  WHERE m.record_id IS NOT NULL
) s
WHERE s.wanted = 1;
