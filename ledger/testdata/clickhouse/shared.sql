/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, "email", "phone_number", "expires_at" FROM "_eddy"."stage_vip_20261101090000abcd" WHERE rand() < 42949672.96 * 100;

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH written AS (
  SELECT 0 AS field, m."email" AS t, count(*) AS n FROM "_eddy"."stage_vip_20261101090000abcd" m WHERE m."email" IS NOT NULL GROUP BY m."email"
  UNION ALL SELECT 1 AS field, m."phone_number" AS t, count(*) AS n FROM "_eddy"."stage_vip_20261101090000abcd" m WHERE m."phone_number" IS NOT NULL GROUP BY m."phone_number"
),
named AS (
  SELECT field, replaceAll(lower(if(match(t, '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$'), splitByChar('@', assumeNotNull(t))[1], replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(normalizeUTF8NFC(t), '(?s)^.*([:<]|\\\\x)', ''), '(?s)@[^@]*$', ''), '[^0-9A-Za-z._+-]', ''))), 'i', '') AS canon, t, n
  FROM written
  WHERE field = 0 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, replaceAll(lower(if(match(v, '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$'), splitByChar('@', assumeNotNull(v))[1], replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(normalizeUTF8NFC(v), '(?s)^.*([:<]|\\\\x)', ''), '(?s)@[^@]*$', ''), '[^0-9A-Za-z._+-]', ''))), 'i', '') AS canon, t, n
  FROM (SELECT w.*, arrayJoin(splitByChar(',', assumeNotNull(w.t))) AS v FROM written AS w) AS w
  WHERE field = 0 AND t LIKE '%,%'
  UNION ALL SELECT field, right(if(match(t, '^[0-9+]*$'), t, replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(replaceRegexpAll(translateUTF8(t, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '(?s)^([^.]*)[.]0*[^0-9.]*$', '\\1'), '[^0-9]', '')), 6) AS canon, t, n
  FROM written
  WHERE field = 1 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, right(if(match(v, '^[0-9+]*$'), v, replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(replaceRegexpAll(translateUTF8(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '(?s)^([^.]*)[.]0*[^0-9.]*$', '\\1'), '[^0-9]', '')), 6) AS canon, t, n
  FROM (SELECT w.*, arrayJoin(splitByChar(',', assumeNotNull(w.t))) AS v FROM written AS w) AS w
  WHERE field = 1 AND t LIKE '%,%'
),
often AS (
  SELECT field, canon
  FROM named
  GROUP BY field, canon
  HAVING sum(n) > 1 AND (canon <> '' OR field NOT IN (1))
)
SELECT DISTINCT n.field, n.canon, n.t, n.n
FROM named n
JOIN often o ON o.field = n.field AND o.canon = n.canon
ORDER BY 1, 2;
