/* eddy: connection vip, run 20261102090000abcd, count */
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM "_eddy"."stage_vip_20261102090000abcd" GROUP BY record_id) ids;

/* eddy: connection vip, run 20261102090000abcd, count conflicts */
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
  SELECT record_id, sum(n) AS n
  FROM (SELECT record_id, "email", "phone_number", "expires_at", count(*) AS n FROM "_eddy"."stage_vip_20261102090000abcd" WHERE record_id IS NOT NULL GROUP BY record_id, "email", "phone_number", "expires_at") staged
  GROUP BY record_id
  HAVING count(*) > 1
) conflicts;

/* eddy: connection vip, run 20261102090000abcd, compare */
CREATE TABLE "_eddy"."changes_vip_20261102090000abcd" AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
  FROM "_eddy"."changes_vip_20261101090000abcd"
),
frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id, "email", "phone_number", "expires_at" FROM "_eddy"."stage_vip_20261102090000abcd" WHERE record_id IS NOT NULL) staged
  GROUP BY record_id
  HAVING count(*) > 1
),
alone AS (
  SELECT record_id FROM frozen
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
    CASE WHEN h.record_id IS NULL THEN s."email" ELSE h."email" END AS "email",
    CASE WHEN h.record_id IS NULL THEN s."phone_number" ELSE h."phone_number" END AS "phone_number",
    CASE WHEN h.record_id IS NULL THEN s."expires_at" ELSE h."expires_at" END AS "expires_at",
    CASE WHEN h.record_id IS NULL THEN s.settings ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN s.fingerprint ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, s.until AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.present END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE s.wanted END AS wanted,
    CASE WHEN (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') THEN 1 ELSE 0 END AS lapsing
  FROM (
    SELECT DISTINCT m.record_id, m."email" AS "email", m."phone_number" AS "phone_number", m."expires_at" AS "expires_at", CAST(NULL AS String) AS fingerprint, CASE WHEN m."expires_at" BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN m."expires_at" ELSE '2027-12-02T09:00:00Z' END AS until, CASE WHEN m."expires_at" LIKE '____-__-__T__:__:__Z' AND m."expires_at" BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted, 1 AS settings, 1 AS present
    FROM "_eddy"."stage_vip_20261102090000abcd" m
    WHERE m.record_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = m.record_id)
    UNION ALL
    SELECT k.record_id, k."email", k."phone_number", k."expires_at", k.fingerprint,
      CASE WHEN k."expires_at" BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN k."expires_at" ELSE '2027-12-02T09:00:00Z' END AS until,
      CASE WHEN k."expires_at" LIKE '____-__-__T__:__:__Z' AND k."expires_at" BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted, k.settings, 0 AS present
    FROM held k
    JOIN alone a ON a.record_id = k.record_id
    WHERE k.state IN ('held', 'beside', 'doubt')
  ) s
  FULL JOIN touched h
    ON h.record_id = s.record_id AND h.settings = s.settings AND s."email" IS NOT DISTINCT FROM h."email" AND s."phone_number" IS NOT DISTINCT FROM h."phone_number" AND s."expires_at" IS NOT DISTINCT FROM h."expires_at"
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') OR 0 = 1
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
SELECT toInt64(cityHash64(assumeNotNull(d.record_id)) % 1024) AS bucket, d.settings, d.attempts, d.present, d.record_id,
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
  d."email", d."phone_number", d."expires_at", d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN 'expires_at has passed'
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id;

/* eddy: connection vip, run 20261102090000abcd, log */
INSERT INTO "_eddy".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261102090000abcd', record_id, operation, 'invalid', why, CAST('2026-11-02T09:00:00.000000Z' AS DateTime64(6, 'UTC')), CAST('2026-11-02T09:00:00.000000Z' AS DateTime64(6, 'UTC'))
FROM (
  SELECT record_id, 'unchanged' AS operation, 'rows with the same record id differ; the record is left as it is until they agree' AS why
  FROM (
    SELECT record_id, sum(n) AS n
    FROM (SELECT record_id, "email", "phone_number", "expires_at", count(*) AS n FROM "_eddy"."stage_vip_20261102090000abcd" WHERE record_id IS NOT NULL GROUP BY record_id, "email", "phone_number", "expires_at") staged
    GROUP BY record_id
    HAVING count(*) > 1
  ) conflicts
  UNION ALL
  SELECT CAST(NULL AS String) AS record_id, 'insert' AS operation, 'no record id: the identifier column is null (1 row)' AS why
) l;
