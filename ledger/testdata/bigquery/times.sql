/* eddy: connection vip, run 20261101090000abcd, read times */
SELECT DISTINCT `expires_at` FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` WHERE `expires_at` NOT LIKE '____-__-__T__:__:__Z';

/* eddy: connection vip, run 20261101090000abcd, times */
CREATE TEMPORARY TABLE `local`.`_eddy`.`times_vip_20261101090000abcd` (field INTEGER, v STRING, iso STRING);

/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261101090000abcd` AS
SELECT FARM_FINGERPRINT(s.record_id) & 1023 AS bucket, 1 AS settings, 0 AS attempts, 1 AS present, s.record_id,
  s.until AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS STRING) AS was, CAST(NULL AS STRING) AS held_until,
  s.`email` AS `email`, s.`phone_number` AS `phone_number`, s.`expires_at` AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CAST(NULL AS STRING) AS reason
FROM (
  SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m.`expires_at` END AS `expires_at`, CASE WHEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m.`expires_at` END BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m.`expires_at` END ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m.`expires_at` END LIKE '____-__-__T__:__:__Z' AND CASE WHEN t2.v IS NOT NULL THEN t2.iso ELSE m.`expires_at` END BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
  FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` m
  LEFT JOIN `local`.`_eddy`.`times_vip_20261101090000abcd` t2 ON t2.field = 2 AND t2.v = m.`expires_at`
  WHERE m.record_id IS NOT NULL
) s
WHERE s.wanted = 1;
