/* eddy: connection vip, run 20261102090000abcd, count conflicts */
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
  SELECT record_id, sum(n) AS n
  FROM (SELECT record_id, `email`, `phone_number`, `expires_at`, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` WHERE record_id IS NOT NULL AND NOT md5('it\'s:' || record_id) < '80000000' GROUP BY record_id, `email`, `phone_number`, `expires_at`) staged
  GROUP BY record_id
  HAVING count(*) > 1
) conflicts;

/* eddy: connection vip, run 20261102090000abcd, count held out */
SELECT count(DISTINCT m.record_id)
FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
WHERE md5('it\'s:' || m.record_id) < '80000000';

/* eddy: connection vip, run 20261102090000abcd, stage list */
DROP TABLE IF EXISTS `main`.`_eddy`.`list_vip_20261102090000abcd`;

/* eddy: connection vip, run 20261102090000abcd, read list */
SELECT `email`, `phone_number`
FROM `main`.`_eddy`.`list_vip_20261102090000abcd`;

/* eddy: connection vip, run 20261102090000abcd, find who is listed */
WITH listed AS (
  SELECT 0 AS field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT w.*, eddy_values.v FROM `main`.`_eddy`.`list_vip_20261102090000abcd` AS w LATERAL VIEW explode(split(w.`email`, ',')) eddy_values AS v) AS w
  WHERE w.`email` IS NOT NULL
  UNION
  SELECT 1 AS field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon
  FROM (SELECT w.*, eddy_values.v FROM `main`.`_eddy`.`list_vip_20261102090000abcd` AS w LATERAL VIEW explode(split(w.`phone_number`, ',')) eddy_values AS v) AS w
  WHERE w.`phone_number` IS NOT NULL
)
SELECT m.record_id, m.`email`, m.`phone_number`, m.`expires_at`
FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
WHERE m.record_id IS NOT NULL AND m.`email` IS NOT NULL
  AND (length(m.`email`) >= 64 OR length(m.`email`) <> 64 OR NOT m.`email` RLIKE '[0-9A-Fa-f]{64}' OR m.`email` NOT LIKE '%,%' AND translate(lower(regexp_replace(replace(m.`email`, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0))
UNION
SELECT m.record_id, m.`email`, m.`phone_number`, m.`expires_at`
FROM (SELECT m.*, eddy_values.v FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` AS m LATERAL VIEW explode(split(m.`email`, ',')) eddy_values AS v) AS m
WHERE m.record_id IS NOT NULL AND m.`email` LIKE '%,%' AND translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0)
UNION
SELECT m.record_id, m.`email`, m.`phone_number`, m.`expires_at`
FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
WHERE m.record_id IS NOT NULL AND m.`phone_number` IS NOT NULL
  AND (length(m.`phone_number`) >= 64 OR m.`phone_number` NOT LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(m.`phone_number`, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1))
UNION
SELECT m.record_id, m.`email`, m.`phone_number`, m.`expires_at`
FROM (SELECT m.*, eddy_values.v FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` AS m LATERAL VIEW explode(split(m.`phone_number`, ',')) eddy_values AS v) AS m
WHERE m.record_id IS NOT NULL AND m.`phone_number` LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1);

/* eddy: connection vip, run 20261102090000abcd, find who is listed */
WITH listed AS (
  SELECT 0 AS field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT w.*, eddy_values.v FROM `main`.`_eddy`.`list_vip_20261102090000abcd` AS w LATERAL VIEW explode(split(w.`email`, ',')) eddy_values AS v) AS w
  WHERE w.`email` IS NOT NULL
  UNION
  SELECT 1 AS field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon
  FROM (SELECT w.*, eddy_values.v FROM `main`.`_eddy`.`list_vip_20261102090000abcd` AS w LATERAL VIEW explode(split(w.`phone_number`, ',')) eddy_values AS v) AS w
  WHERE w.`phone_number` IS NOT NULL
),
frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id, `email`, `phone_number`, `expires_at` FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` WHERE record_id IS NOT NULL AND NOT md5('it\'s:' || record_id) < '80000000') staged
  GROUP BY record_id
  HAVING count(*) > 1
)
SELECT h.record_id, h.settings, h.`email`, h.`phone_number`, h.`expires_at`,
  CASE WHEN NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m WHERE m.record_id = h.record_id) OR EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = h.record_id) THEN 1 ELSE 0 END AS unclear
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE x.until IS NOT NULL AND (length(x.`email`) >= 64 OR length(x.`email`) <> 64 OR NOT x.`email` RLIKE '[0-9A-Fa-f]{64}' OR x.`email` NOT LIKE '%,%' AND translate(lower(regexp_replace(replace(x.`email`, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x LATERAL VIEW explode(split(x.`email`, ',')) eddy_values AS v) AS x
  WHERE x.until IS NOT NULL AND x.`email` LIKE '%,%' AND translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0)
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) x
  WHERE x.until IS NOT NULL AND (length(x.`phone_number`) >= 64 OR x.`phone_number` NOT LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(x.`phone_number`, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x.`email`, x.`phone_number`, x.`expires_at`, x.fingerprint, x.reason
  FROM (SELECT x.*, eddy_values.v FROM (
    SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
    FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
  ) AS x LATERAL VIEW explode(split(x.`phone_number`, ',')) eddy_values AS v) AS x
  WHERE x.until IS NOT NULL AND x.`phone_number` LIKE '%,%' AND right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1)
) h;

/* eddy: connection vip, run 20261102090000abcd, suppress */
CREATE TABLE `main`.`_eddy`.`suppressed_vip_20261102090000abcd` (record_id STRING, wants INTEGER);

/* eddy: connection vip, run 20261102090000abcd, count suppressed */
SELECT count(DISTINCT m.record_id)
FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
WHERE EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = m.record_id AND x.wants = 0);

/* eddy: connection vip, run 20261102090000abcd, count conflicts */
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
  SELECT record_id, sum(n) AS n
  FROM (SELECT record_id, `email`, `phone_number`, `expires_at`, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` WHERE record_id IS NOT NULL AND NOT md5('it\'s:' || record_id) < '80000000' GROUP BY record_id, `email`, `phone_number`, `expires_at`) staged
  WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = staged.record_id AND x.wants = 0)
  GROUP BY record_id
  HAVING count(*) > 1
) conflicts;

/* eddy: connection vip, run 20261102090000abcd, count held out */
SELECT count(DISTINCT m.record_id)
FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
WHERE md5('it\'s:' || m.record_id) < '80000000'
  AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = m.record_id AND x.wants = 0);

/* eddy: connection vip, run 20261102090000abcd, compare */
CREATE TABLE `main`.`_eddy`.`changes_vip_20261102090000abcd` AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, `email`, `phone_number`, `expires_at`, fingerprint, reason
  FROM `main`.`_eddy`.`changes_vip_20261101090000abcd`
),
frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id, `email`, `phone_number`, `expires_at` FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` WHERE record_id IS NOT NULL AND NOT md5('it\'s:' || record_id) < '80000000') staged
  WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = staged.record_id AND x.wants = 0)
  GROUP BY record_id
  HAVING count(*) > 1
),
alone AS (
  SELECT record_id FROM frozen
  UNION ALL
  SELECT h.record_id FROM held h WHERE NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m WHERE m.record_id = h.record_id) AND NOT md5('it\'s:' || h.record_id) < '80000000'
  AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = h.record_id AND x.wants = 0) GROUP BY h.record_id
),
touched AS (
  SELECT h.*
  FROM held h
  WHERE NOT EXISTS (
    SELECT 1 FROM alone a
    WHERE a.record_id = h.record_id
      AND NOT EXISTS (SELECT 1 FROM held k WHERE k.record_id = a.record_id AND k.state IN ('held', 'beside', 'doubt'))
  )
),
compared AS (
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    CASE WHEN h.record_id IS NULL THEN s.`email` ELSE h.`email` END AS `email`,
    CASE WHEN h.record_id IS NULL THEN s.`phone_number` ELSE h.`phone_number` END AS `phone_number`,
    CASE WHEN h.record_id IS NULL THEN s.`expires_at` ELSE h.`expires_at` END AS `expires_at`,
    CASE WHEN h.record_id IS NULL THEN s.settings ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN s.fingerprint ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, s.until AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.present END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.wanted END AS wanted,
    CASE WHEN (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT DISTINCT m.record_id, m.`email` AS `email`, m.`phone_number` AS `phone_number`, m.`expires_at` AS `expires_at`, CAST(NULL AS STRING) AS fingerprint, CASE WHEN m.`expires_at` BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN m.`expires_at` ELSE '2027-12-02T09:00:00Z' END AS until, CASE WHEN m.`expires_at` LIKE '____-__-__T__:__:__Z' AND m.`expires_at` BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted, 1 AS settings, 1 AS present
    FROM `main`.`_eddy`.`stage_vip_20261102090000abcd` m
    WHERE m.record_id IS NOT NULL AND NOT md5('it\'s:' || m.record_id) < '80000000'
      AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = m.record_id AND x.wants = 0)
      AND NOT EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = m.record_id)
    UNION ALL
    SELECT k.record_id, k.`email`, k.`phone_number`, k.`expires_at`, k.fingerprint,
      CASE WHEN k.`expires_at` BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN k.`expires_at` ELSE '2027-12-02T09:00:00Z' END AS until,
      CASE WHEN k.`expires_at` LIKE '____-__-__T__:__:__Z' AND k.`expires_at` BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted, k.settings, 0 AS present
    FROM held k
    JOIN alone a ON a.record_id = k.record_id
    WHERE k.state IN ('held', 'beside', 'doubt')
  ) s
  FULL JOIN touched h
    ON h.record_id = s.record_id AND h.settings = s.settings AND s.`email` <=> h.`email` AND s.`phone_number` <=> h.`phone_number` AND s.`expires_at` <=> h.`expires_at`
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 3 AND 0 = 0 AND NOT EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = compared.record_id) THEN '.' ELSE '-' END
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
SELECT pmod(xxhash64(d.record_id), 1024) AS bucket, d.settings, d.attempts, d.present, d.record_id,
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
    WHEN d.wanted = 0 AND EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = d.record_id AND x.wants = 0) THEN 'suppressed'
    WHEN d.wanted = 0 AND md5('it\'s:' || d.record_id) < '80000000' THEN 'held_out'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

/* eddy: connection vip, run 20261102090000abcd, count unremoved */
SELECT count(DISTINCT a.record_id)
FROM (
  SELECT settings,
    CASE
      WHEN side = '.' THEN attempts
      WHEN side = '-' THEN attempts + refused
      WHEN outcome = 'rejected' THEN attempts + 1
      ELSE 0
    END AS attempts,
    record_id,
    CASE
      WHEN side = '+' AND outcome IN ('invalid', 'rejected') THEN NULL
      WHEN side IN ('+', '=') AND outcome = 'same' THEN known_until
      WHEN side = '=' AND outcome = 'unsent' THEN held_until
      ELSE until
    END AS until,
    CASE
      WHEN side = '.' THEN state
      WHEN side = '-' THEN 'leaving'
      WHEN outcome IN ('doubt', 'invalid', 'rejected') THEN outcome
      WHEN outcome = 'unsent' THEN 'doubt'
      WHEN stays = 1 THEN 'beside'
      ELSE state
    END AS state,
    `email`, `phone_number`, `expires_at`, fingerprint,
    CASE
      WHEN side = '.' THEN reason
      WHEN side = '-' AND refused = 1 OR side <> '-' AND outcome IN ('invalid', 'rejected') THEN why
    END AS reason
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
  WHERE side IN ('.', '=')
    OR side = '+' AND outcome <> 'unsent'
    OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
) a
WHERE a.state = 'leaving' AND a.until IS NOT NULL AND EXISTS (SELECT 1 FROM `main`.`_eddy`.`suppressed_vip_20261102090000abcd` x WHERE x.record_id = a.record_id);
