/* eddy: connection vip, run 20261102090000abcd, exceptions */
CREATE TABLE `main`.`_eddy`.`exceptions_vip_20261102090000abcd` (record_id STRING, status STRING, reason STRING, until STRING);

/* eddy: connection vip, run 20261102090000abcd, find who shares */
WITH gone AS (
  SELECT 0 AS field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, eddy_values.v FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` AS c LATERAL VIEW explode(split(c.`email`, ',')) eddy_values AS v) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`email` IS NOT NULL
  UNION
  SELECT 1 AS field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon
  FROM (SELECT c.*, eddy_values.v FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` AS c LATERAL VIEW explode(split(c.`phone_number`, ',')) eddy_values AS v) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.`phone_number` IS NOT NULL
)
SELECT h.record_id, h.settings, h.`email`, h.`phone_number`, h.`expires_at`, pmod(xxhash64(h.record_id), 1024), h.fingerprint, h.until,
  CASE WHEN h.`expires_at` BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN h.`expires_at` ELSE '2027-12-02T09:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`email`) >= 64 OR x.`email` NOT LIKE '%,%' AND translate(lower(regexp_replace(replace(x.`email`, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x LATERAL VIEW explode(split(x.`email`, ',')) eddy_values AS v) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`email` LIKE '%,%' AND translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x.`phone_number`) >= 64 OR x.`phone_number` NOT LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(x.`phone_number`, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x LATERAL VIEW explode(split(x.`phone_number`, ',')) eddy_values AS v) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x.`phone_number` LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1)
) h
WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c WHERE c.record_id = h.record_id);

/* eddy: connection vip, run 20261102090000abcd, read remove */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
WHERE side = '-' AND held_until IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd` e WHERE e.record_id = c.record_id AND e.status IN ('same', 'spared'));

/* eddy: connection vip, run 20261102090000abcd, read add */
SELECT record_id, settings, `email`, `phone_number`, `expires_at`
FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
WHERE side IN ('+', '=')
  AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd` e WHERE e.record_id = c.record_id AND e.status IN ('same', 'invalid'));

/* eddy: connection vip, run 20261102090000abcd, report */
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN record_id END), max(CASE WHEN status <> 'delivered' THEN record_id END), sum(present)
FROM (
  SELECT record_id, CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END AS operation,
    CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END AS status,
    CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') END AS why, present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) w
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation,
    CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max(CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END) END AS status,
    max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') ELSE reason END) AS why, max(present) AS present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `main`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261102090000abcd, log */
INSERT INTO `main`.`_eddy`.sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261102090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP), CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP)
FROM (
  SELECT record_id, CASE WHEN outcome = 'invalid' AND operation = 'update' THEN 'delete' ELSE operation END AS operation,
    CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END AS status,
    CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') END AS why, present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) w
  WHERE side IN ('+', '=')
  UNION ALL
  
  SELECT record_id, operation,
    CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max(CASE
      WHEN outcome IN ('doubt', 'unsent') THEN 'failed'
      WHEN stays = 1 AND (outcome = 'delivered' OR operation = 'update' AND outcome = 'invalid') THEN CASE WHEN refused = 1 THEN 'rejected' ELSE 'failed' END
      WHEN outcome = 'invalid' AND operation = 'update' THEN 'nobody'
      WHEN outcome IN ('invalid', 'rejected', 'same') THEN outcome
      ELSE 'delivered'
    END) END AS status,
    max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, 'no answer settled whether it arrived; the next run settles it') ELSE reason END) AS why, max(present) AS present
  FROM (
    SELECT c.*,
      CASE
        WHEN NOT TRUE OR e.failed = 1 THEN 'doubt'
        WHEN e.invalid = 1 THEN 'invalid'
        WHEN e.rejected = 1 THEN 'rejected'
        WHEN e.unsent = 1 THEN 'unsent'
        WHEN e.same = 1 THEN 'same'
        ELSE 'delivered'
      END AS outcome,
      coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
    FROM `main`.`_eddy`.`changes_vip_20261102090000abcd` c
    LEFT JOIN (
      SELECT record_id,
        max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
        max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
        max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
        max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
        max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
        max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
        max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
        max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
        max(until) AS known_until, max(reason) AS why
      FROM `main`.`_eddy`.`exceptions_vip_20261102090000abcd`
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS STRING) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM `main`.`_eddy`.`changes_vip_20261102090000abcd`
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM `main`.`_eddy`.sync_log said
    WHERE said.sync_run_id = '20261102090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMP)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );
