/* eddy: connection vip, run 20261102090000abcd, fold */
CREATE TABLE `main`.`_eddy`.`base_vip_20261102090000abcd` AS
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
    SELECT record_id, 1 AS n FROM `main`.`_eddy`.`changes_vip_20261102090000abcd`
  ) named
  GROUP BY record_id
)
SELECT b.settings, b.attempts, b.record_id, b.until, b.state, b.`email`, b.`phone_number`, b.`expires_at`, b.fingerprint, b.reason
FROM (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
UNION ALL
SELECT a.settings, a.attempts, a.record_id, a.until, a.state, a.`email`, a.`phone_number`, a.`expires_at`, a.fingerprint, a.reason
FROM (
  SELECT settings,
    CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
    record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint,
    CASE WHEN side = '.' THEN reason END AS reason
  FROM `main`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side <> '-'
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> 1);

/* eddy: connection vip, run 20261102090000abcd, base */
INSERT INTO `main`.`_eddy`.runs (connection_id, run_id, seq, event, happened_at, detail)
SELECT 'vip', '20261102090000abcd', 11, 'base', current_timestamp(), '{"rows":3}'
FROM (SELECT 1) one
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.runs WHERE connection_id = 'vip' AND seq >= 11);
