/* eddy: connection vip, run 20261102090000abcd, count conflicts */
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
  SELECT record_id, sum(n) AS n
  FROM (SELECT record_id, "email", "phone_number", "expires_at", count(*) AS n FROM "eddy_stage" WHERE record_id IS NOT NULL AND NOT MD5('it''s:' || record_id) < '80000000' GROUP BY record_id, "email", "phone_number", "expires_at") staged
  GROUP BY record_id
  HAVING count(*) > 1
) conflicts;

/* eddy: connection vip, run 20261102090000abcd, count held out */
SELECT count(DISTINCT m.record_id)
FROM "eddy_stage" m
WHERE MD5('it''s:' || m.record_id) < '80000000';

/* eddy: connection vip, run 20261102090000abcd, stage list */
DROP TABLE IF EXISTS "eddy_list";

/* eddy: connection vip, run 20261102090000abcd, read list */
SELECT "email", "phone_number"
FROM "eddy_list";

/* eddy: connection vip, run 20261102090000abcd, find who is listed */
WITH listed AS (
  SELECT 0 AS field, REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT w.*, w."email" AS v FROM "eddy_list" AS w WHERE STRPOS(w."email", ',') = 0 UNION ALL SELECT w.*, SPLIT_PART(w."email", ',', eddy_numbers.n) AS v FROM "eddy_list" AS w JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(w."email") - LENGTH(REPLACE(w."email", ',', '')) + 1 WHERE STRPOS(w."email", ',') > 0) AS w
  WHERE w."email" IS NOT NULL
  UNION
  SELECT 1 AS field, RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) AS canon
  FROM (SELECT w.*, w."phone_number" AS v FROM "eddy_list" AS w WHERE STRPOS(w."phone_number", ',') = 0 UNION ALL SELECT w.*, SPLIT_PART(w."phone_number", ',', eddy_numbers.n) AS v FROM "eddy_list" AS w JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(w."phone_number") - LENGTH(REPLACE(w."phone_number", ',', '')) + 1 WHERE STRPOS(w."phone_number", ',') > 0) AS w
  WHERE w."phone_number" IS NOT NULL
)
SELECT m.record_id, m."email", m."phone_number", m."expires_at"
FROM "eddy_stage" m
WHERE m.record_id IS NOT NULL AND m."email" IS NOT NULL
  AND (length(m."email") >= 64 OR length(m."email") <> 64 OR NOT m."email" !~ '[^0-9A-Fa-f]' OR m."email" NOT LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(m."email", 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0))
UNION
SELECT m.record_id, m."email", m."phone_number", m."expires_at"
FROM (SELECT m.*, m."email" AS v FROM "eddy_stage" AS m WHERE STRPOS(m."email", ',') = 0 UNION ALL SELECT m.*, SPLIT_PART(m."email", ',', eddy_numbers.n) AS v FROM "eddy_stage" AS m JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(m."email") - LENGTH(REPLACE(m."email", ',', '')) + 1 WHERE STRPOS(m."email", ',') > 0) AS m
WHERE m.record_id IS NOT NULL AND m."email" LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0)
UNION
SELECT m.record_id, m."email", m."phone_number", m."expires_at"
FROM "eddy_stage" m
WHERE m.record_id IS NOT NULL AND m."phone_number" IS NOT NULL
  AND (length(m."phone_number") >= 64 OR m."phone_number" NOT LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(m."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(m."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(m."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1))
UNION
SELECT m.record_id, m."email", m."phone_number", m."expires_at"
FROM (SELECT m.*, m."phone_number" AS v FROM "eddy_stage" AS m WHERE STRPOS(m."phone_number", ',') = 0 UNION ALL SELECT m.*, SPLIT_PART(m."phone_number", ',', eddy_numbers.n) AS v FROM "eddy_stage" AS m JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(m."phone_number") - LENGTH(REPLACE(m."phone_number", ',', '')) + 1 WHERE STRPOS(m."phone_number", ',') > 0) AS m
WHERE m.record_id IS NOT NULL AND m."phone_number" LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1);

/* eddy: connection vip, run 20261102090000abcd, find who is listed */
WITH listed AS (
  SELECT 0 AS field, REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon
  FROM (SELECT w.*, w."email" AS v FROM "eddy_list" AS w WHERE STRPOS(w."email", ',') = 0 UNION ALL SELECT w.*, SPLIT_PART(w."email", ',', eddy_numbers.n) AS v FROM "eddy_list" AS w JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(w."email") - LENGTH(REPLACE(w."email", ',', '')) + 1 WHERE STRPOS(w."email", ',') > 0) AS w
  WHERE w."email" IS NOT NULL
  UNION
  SELECT 1 AS field, RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) AS canon
  FROM (SELECT w.*, w."phone_number" AS v FROM "eddy_list" AS w WHERE STRPOS(w."phone_number", ',') = 0 UNION ALL SELECT w.*, SPLIT_PART(w."phone_number", ',', eddy_numbers.n) AS v FROM "eddy_list" AS w JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(w."phone_number") - LENGTH(REPLACE(w."phone_number", ',', '')) + 1 WHERE STRPOS(w."phone_number", ',') > 0) AS w
  WHERE w."phone_number" IS NOT NULL
),
frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" WHERE record_id IS NOT NULL AND NOT MD5('it''s:' || record_id) < '80000000') staged
  GROUP BY record_id
  HAVING count(*) > 1
)
SELECT h.record_id, h.settings, h."email", h."phone_number", h."expires_at",
  CASE WHEN NOT EXISTS (SELECT 1 FROM "eddy_stage" m WHERE m.record_id = h.record_id) OR EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = h.record_id) THEN 1 ELSE 0 END AS unclear
FROM (
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) x
  WHERE x.until IS NOT NULL AND (length(x."email") >= 64 OR length(x."email") <> 64 OR NOT x."email" !~ '[^0-9A-Fa-f]' OR x."email" NOT LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(x."email", 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (SELECT x.*, x."email" AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x WHERE STRPOS(x."email", ',') = 0 UNION ALL SELECT x.*, SPLIT_PART(x."email", ',', eddy_numbers.n) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(x."email") - LENGTH(REPLACE(x."email", ',', '')) + 1 WHERE STRPOS(x."email", ',') > 0) AS x
  WHERE x.until IS NOT NULL AND x."email" LIKE '%,%' AND REPLACE(LOWER(REGEXP_REPLACE(REPLACE(v, 'K', 'k'), '^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][̀-ͯ]+|[^0-9A-Za-z._+-]', '')), 'i', '') IN (SELECT canon FROM listed WHERE field = 0)
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) x
  WHERE x.until IS NOT NULL AND (length(x."phone_number") >= 64 OR x."phone_number" NOT LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(x."phone_number", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1))
  UNION
  SELECT x.settings, x.attempts, x.record_id, x.until, x.state, x."email", x."phone_number", x."expires_at", x.fingerprint, x.reason
  FROM (SELECT x.*, x."phone_number" AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x WHERE STRPOS(x."phone_number", ',') = 0 UNION ALL SELECT x.*, SPLIT_PART(x."phone_number", ',', eddy_numbers.n) AS v FROM (
    SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
    FROM "_eddy"."changes_vip_20261101090000abcd"
  ) AS x JOIN (SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) a CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) b CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) c CROSS JOIN (SELECT 0 AS d UNION ALL SELECT 1 AS d UNION ALL SELECT 2 AS d UNION ALL SELECT 3 AS d UNION ALL SELECT 4 AS d UNION ALL SELECT 5 AS d UNION ALL SELECT 6 AS d UNION ALL SELECT 7 AS d UNION ALL SELECT 8 AS d UNION ALL SELECT 9 AS d UNION ALL SELECT 10 AS d UNION ALL SELECT 11 AS d UNION ALL SELECT 12 AS d UNION ALL SELECT 13 AS d UNION ALL SELECT 14 AS d UNION ALL SELECT 15 AS d) e) AS eddy_numbers ON eddy_numbers.n <= LENGTH(x."phone_number") - LENGTH(REPLACE(x."phone_number", ',', '')) + 1 WHERE STRPOS(x."phone_number", ',') > 0) AS x
  WHERE x.until IS NOT NULL AND x."phone_number" LIKE '%,%' AND RIGHT(REGEXP_REPLACE(CASE WHEN REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') ~ '^[^.]*[.]0*[^0-9.]*$' THEN SPLIT_PART(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '.', 1) ELSE REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^-]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', '') END, '[^0-9]', ''), 6) IN (SELECT canon FROM listed WHERE field = 1)
) h;

/* eddy: connection vip, run 20261102090000abcd, suppress */
CREATE TEMPORARY TABLE "eddy_suppressed" (record_id VARCHAR(65535), wants INTEGER);

/* eddy: connection vip, run 20261102090000abcd, count suppressed */
SELECT count(DISTINCT m.record_id)
FROM "eddy_stage" m
WHERE EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = m.record_id AND x.wants = 0);

/* eddy: connection vip, run 20261102090000abcd, count conflicts */
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
  SELECT record_id, sum(n) AS n
  FROM (SELECT record_id, "email", "phone_number", "expires_at", count(*) AS n FROM "eddy_stage" WHERE record_id IS NOT NULL AND NOT MD5('it''s:' || record_id) < '80000000' GROUP BY record_id, "email", "phone_number", "expires_at") staged
  WHERE NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = staged.record_id AND x.wants = 0)
  GROUP BY record_id
  HAVING count(*) > 1
) conflicts;

/* eddy: connection vip, run 20261102090000abcd, count held out */
SELECT count(DISTINCT m.record_id)
FROM "eddy_stage" m
WHERE MD5('it''s:' || m.record_id) < '80000000'
  AND NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = m.record_id AND x.wants = 0);

/* eddy: connection vip, run 20261102090000abcd, compare */
CREATE TABLE "_eddy"."changes_vip_20261102090000abcd" AS
WITH held AS (
  SELECT settings, attempts, record_id, until, state, "email", "phone_number", "expires_at", fingerprint, reason
  FROM "_eddy"."changes_vip_20261101090000abcd"
),
frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" WHERE record_id IS NOT NULL AND NOT MD5('it''s:' || record_id) < '80000000') staged
  WHERE NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = staged.record_id AND x.wants = 0)
  GROUP BY record_id
  HAVING count(*) > 1
),
alone AS (
  SELECT record_id FROM frozen
  UNION ALL
  SELECT h.record_id FROM held h WHERE NOT EXISTS (SELECT 1 FROM "eddy_stage" m WHERE m.record_id = h.record_id) AND NOT MD5('it''s:' || h.record_id) < '80000000'
  AND NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = h.record_id AND x.wants = 0) GROUP BY h.record_id
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
    SELECT DISTINCT m.record_id, m."email" AS "email", m."phone_number" AS "phone_number", m."expires_at" AS "expires_at", CAST(NULL AS VARCHAR(65535)) AS fingerprint, CASE WHEN m."expires_at" BETWEEN '1970' AND '2027-12-02T09:00:00Z' THEN m."expires_at" ELSE '2027-12-02T09:00:00Z' END AS until, CASE WHEN m."expires_at" LIKE '____-__-__T__:__:__Z' AND m."expires_at" BETWEEN '1970' AND '2026-11-02T09:00:00Z' THEN 0 ELSE 1 END AS wanted, 1 AS settings, 1 AS present
    FROM "eddy_stage" m
    WHERE m.record_id IS NOT NULL AND NOT MD5('it''s:' || m.record_id) < '80000000'
      AND NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = m.record_id AND x.wants = 0)
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
    ON h.record_id = s.record_id AND h.settings = s.settings AND (COALESCE(s."email", '') = COALESCE(h."email", '') AND COALESCE(LENGTH(s."email"), -1) = COALESCE(LENGTH(h."email"), -1)) AND (COALESCE(s."phone_number", '') = COALESCE(h."phone_number", '') AND COALESCE(LENGTH(s."phone_number"), -1) = COALESCE(LENGTH(h."phone_number"), -1)) AND (COALESCE(s."expires_at", '') = COALESCE(h."expires_at", '') AND COALESCE(LENGTH(s."expires_at"), -1) = COALESCE(LENGTH(h."expires_at"), -1))
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR s.wanted = 0 OR h.state <> 'held'
    OR (h.until < '2026-12-02T09:00:00Z' AND h.until < s.until OR h.until > '2027-12-09T09:00:00Z') OR 0 = 1
),
due AS (
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= 3 AND 0 = 0 AND NOT EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = compared.record_id) THEN '.' ELSE '-' END
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
SELECT STRTOL(LEFT(MD5(d.record_id), 7), 16) % 1024 AS bucket, d.settings, d.attempts, d.present, d.record_id,
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
    WHEN d.wanted = 0 AND EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = d.record_id AND x.wants = 0) THEN 'suppressed'
    WHEN d.wanted = 0 AND MD5('it''s:' || d.record_id) < '80000000' THEN 'held_out'
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
    "email", "phone_number", "expires_at", fingerprint,
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
  WHERE side IN ('.', '=')
    OR side = '+' AND outcome <> 'unsent'
    OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
) a
WHERE a.state = 'leaving' AND a.until IS NOT NULL AND EXISTS (SELECT 1 FROM "eddy_suppressed" x WHERE x.record_id = a.record_id);
