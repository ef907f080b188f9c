/* eddy: connection vip, run 20261102090000abcd, exceptions */
CREATE TABLE "_eddy"."exceptions_vip_20261102090000abcd" (record_id VARCHAR(65535), status VARCHAR(65535), reason VARCHAR(65535), until VARCHAR(65535));

-- 1 rows are loaded into "_eddy"."exceptions_vip_20261102090000abcd" (record_id, status, reason, until)

/* eddy: connection vip, run 20261102090000abcd, find who shares */
WITH gone AS (
  SELECT 0 AS field, REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT c.*, c."email" AS v FROM "_eddy"."changes_vip_20261102090000abcd" AS c WHERE STRPOS(c."email", ',') = 0 UNION ALL SELECT c.*, SPLIT_PART(c."email", ',', eddy_numbers.n) AS v FROM "_eddy"."changes_vip_20261102090000abcd" AS c JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(c."email") - LENGTH(REPLACE(c."email", ',', '')) + 1 WHERE STRPOS(c."email", ',') > 0) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c."email" IS NOT NULL
  UNION
  SELECT 1 AS field, RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) AS canon
  FROM (SELECT c.*, c."phone_number" AS v FROM "_eddy"."changes_vip_20261102090000abcd" AS c WHERE STRPOS(c."phone_number", ',') = 0 UNION ALL SELECT c.*, SPLIT_PART(c."phone_number", ',', eddy_numbers.n) AS v FROM "_eddy"."changes_vip_20261102090000abcd" AS c JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(c."phone_number") - LENGTH(REPLACE(c."phone_number", ',', '')) + 1 WHERE STRPOS(c."phone_number", ',') > 0) AS c
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c."phone_number" IS NOT NULL
)
SELECT h.record_id, h.settings, h."email", h."phone_number", h."expires_at", STRTOL(LEFT(MD5(h.record_id), 7), 16) % 1024, h.fingerprint, h.until,
  CASE WHEN h."expires_at" BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN h."expires_at" ELSE '2027-12-02T09:00:00Z' END, 1, h.state
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x."email") >= 64 OR x."email" NOT LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(x."email", 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (SELECT x.*, x."email" AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x WHERE STRPOS(x."email", ',') = 0 UNION ALL SELECT x.*, SPLIT_PART(x."email", ',', eddy_numbers.n) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(x."email") - LENGTH(REPLACE(x."email", ',', '')) + 1 WHERE STRPOS(x."email", ',') > 0) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x."email" LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM gone WHERE field = 0)
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND (length(x."phone_number") >= 64 OR x."phone_number" NOT LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (SELECT x.*, x."phone_number" AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x WHERE STRPOS(x."phone_number", ',') = 0 UNION ALL SELECT x.*, SPLIT_PART(x."phone_number", ',', eddy_numbers.n) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(x."phone_number") - LENGTH(REPLACE(x."phone_number", ',', '')) + 1 WHERE STRPOS(x."phone_number", ',') > 0) AS x
  WHERE (x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL) AND x."phone_number" LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM gone WHERE field = 1)
) h
WHERE NOT EXISTS (SELECT 1 FROM "_eddy"."changes_vip_20261102090000abcd" c WHERE c.record_id = h.record_id);

/* eddy: connection vip, run 20261102090000abcd, read remove */
SELECT record_id, settings, "email", "phone_number", "expires_at"
FROM "_eddy"."changes_vip_20261102090000abcd" c
WHERE side = '-' AND held_until IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM "_eddy"."exceptions_vip_20261102090000abcd" e WHERE e.record_id = c.record_id AND e.status IN ('same', 'spared'));

/* eddy: connection vip, run 20261102090000abcd, read add */
SELECT record_id, settings, "email", "phone_number", "expires_at"
FROM "_eddy"."changes_vip_20261102090000abcd" c
WHERE side IN ('+', '=')
  AND NOT EXISTS (SELECT 1 FROM "_eddy"."exceptions_vip_20261102090000abcd" e WHERE e.record_id = c.record_id AND e.status IN ('same', 'invalid'));

-- 1 rows are loaded into "_eddy"."exceptions_vip_20261102090000abcd" (record_id, status, reason, until)

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
    FROM "_eddy"."changes_vip_20261102090000abcd" c
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
      FROM "_eddy"."exceptions_vip_20261102090000abcd"
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
    FROM "_eddy"."changes_vip_20261102090000abcd" c
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
      FROM "_eddy"."exceptions_vip_20261102090000abcd"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR(65535)) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR(65535)) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM "_eddy"."changes_vip_20261102090000abcd"
  WHERE side = '.' AND state <> 'beside'
) l
GROUP BY operation, status, why;

/* eddy: connection vip, run 20261102090000abcd, log */
INSERT INTO "_eddy".sync_log (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT 'vip', '20261102090000abcd', record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMPTZ), CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMPTZ)
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
    FROM "_eddy"."changes_vip_20261102090000abcd" c
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
      FROM "_eddy"."exceptions_vip_20261102090000abcd"
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
    FROM "_eddy"."changes_vip_20261102090000abcd" c
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
      FROM "_eddy"."exceptions_vip_20261102090000abcd"
      GROUP BY record_id
    ) e ON e.record_id = c.record_id
  ) o
  WHERE side = '-' AND operation IN ('delete', 'forget')
  GROUP BY record_id, operation
  UNION ALL
  SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
    CASE
      WHEN state = 'leaving' THEN 'its removal rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR(65535)) || '): ' || coalesce(reason, '')
      WHEN state = 'rejected' THEN 'rests until its row changes (refusals: ' || CAST(attempts AS VARCHAR(65535)) || '): ' || coalesce(reason, '')
      ELSE reason
    END, present
  FROM "_eddy"."changes_vip_20261102090000abcd"
  WHERE side = '.' AND state <> 'beside'
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM "_eddy".sync_log said
    WHERE said.sync_run_id = '20261102090000abcd' AND said.connection_id = 'vip' AND said.sync_started_at = CAST('2026-11-02T09:00:00.000000Z' AS TIMESTAMPTZ)
      AND said.primary_key = l.record_id AND said.operation = l.operation
  );
