/* eddy: connection vip, run 20261101090000abcd, bring */
CREATE TABLE `local`.`_eddy`.`base_vip_20261101090000abcd` (settings INTEGER, attempts INTEGER, record_id STRING, until STRING, state STRING, `email` STRING, `phone_number` STRING, `expires_at` STRING, fingerprint STRING, reason STRING);

/* eddy: connection vip, run 20261101090000abcd, check */
SELECT count(*) FROM `local`.`_eddy`.`base_vip_20261101090000abcd`;

/* eddy: connection vip, run 20261101090000abcd, base */
INSERT INTO `local`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261101090000abcd', 1, 'base', CURRENT_TIMESTAMP(), '{"rows":1,"brought":true,"feed":{"account":"18ce54d4x5t","audience_id":"a1"},"settings":{"1":"US,e164|"}}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `local`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 1);

/* eddy: connection vip, run 20261101090000abcd, compare */
CREATE TABLE `local`.`_eddy`.`changes_vip_20261101090000abcd` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `local`.`_eddy`.`base_vip_20261101090000abcd`
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    CASE WHEN h.record_id IS NULL THEN s.`phone_number` ELSE h.`phone_number` END AS `phone_number`,
    CASE WHEN h.record_id IS NULL THEN s.`expires_at` ELSE h.`expires_at` END AS `expires_at`,
    CASE WHEN h.record_id IS NULL THEN 2 ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN CAST(NULL AS STRING) ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, s.until AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE 1 END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.wanted END AS wanted,
    CASE WHEN (h.until < '2026-12-01T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-08T09:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, m.`expires_at` AS `expires_at`, CASE WHEN m.`expires_at` BETWEEN '1970' AND '2027-12-01T09:00:00Z' THEN m.`expires_at` ELSE '2027-12-01T09:00:00Z' END AS until, CASE WHEN m.`expires_at` LIKE '____-__-__T__:__:__Z' AND m.`expires_at` BETWEEN '1970' AND '2026-11-01T09:00:00Z' THEN 0 ELSE 1 END AS wanted
    FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` m
    WHERE m.record_id IS NOT NULL
  ) s
  FULL JOIN held h
    ON h.record_id = s.record_id AND h.settings = CASE WHEN s.record_id IS NOT NULL THEN 2 END AND TO_JSON_STRING(s.`email`) = TO_JSON_STRING(h.`email`) AND TO_JSON_STRING(s.`phone_number`) = TO_JSON_STRING(h.`phone_number`) AND TO_JSON_STRING(s.`expires_at`) = TO_JSON_STRING(h.`expires_at`)
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-01T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-08T09:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 3 AND 0 = 0 THEN '.' ELSE '-' END
      WHEN 0 = 0 AND (was = 'invalid' OR was = 'rejected' AND attempts >= 3) THEN '.'
      WHEN 0 = 0 AND was = 'beside' AND lapsing = 0 THEN '.'
      WHEN held_until IS NOT NULL THEN '='
      ELSE '+'
    END AS plan
  FROM compared
  WHERE was IS NOT NULL OR wanted = 1
),
records AS (
  SELECT record_id,
    max(CASE WHEN plan IN ('+', '=') OR wanted = 1 AND was = 'beside' THEN 1 ELSE 0 END) AS sends,
    max(CASE WHEN plan = '=' THEN 1 ELSE 0 END) AS again,
    max(CASE WHEN plan = '+' THEN 1 ELSE 0 END) AS adds,
    max(CASE WHEN plan = '=' AND was IN ('held', 'beside') THEN 1 ELSE 0 END) AS renews,
    max(CASE WHEN plan = '-' AND held_until IS NOT NULL THEN 1 ELSE 0 END) AS removes,
    max(CASE WHEN plan = '.' AND was = 'leaving' THEN 1 ELSE 0 END) AS rests,
    max(CASE WHEN plan = '.' THEN 1 ELSE 0 END) AS notes
  FROM due
  GROUP BY record_id
)
SELECT FARM_FINGERPRINT(d.record_id) & 1023 AS bucket, d.settings, d.attempts, d.present, d.record_id,
  CASE WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside' AND r.removes = 1) THEN d.until ELSE d.held_until END AS until,
  CASE
    WHEN r.sends = 1 AND (r.removes = 1 OR r.rests = 1 AND r.adds = 1) OR r.again = 1 AND 0 = 1 THEN 'update'
    WHEN r.renews = 1 THEN 'renew'
    WHEN r.again = 1 THEN 'reassert'
    WHEN r.adds = 1 THEN 'insert'
    WHEN r.removes = 1 THEN 'delete'
    WHEN r.notes = 1 THEN 'rest'
    ELSE 'forget'
  END AS operation,
  CASE
    WHEN d.plan = '.' AND d.was = 'leaving' AND (r.adds = 1 OR r.removes = 1) THEN '-'
    WHEN d.plan = '.' AND d.was = 'beside' AND r.removes = 1 THEN '='
    ELSE d.plan
  END AS side,
  CASE
    WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside') THEN CASE WHEN r.rests = 1 AND r.adds = 0 AND r.removes = 0 THEN 'beside' ELSE 'held' END
    ELSE d.was
  END AS state,
  d.was, d.held_until,
  d.`email`, d.`phone_number`, d.`expires_at`, d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;
