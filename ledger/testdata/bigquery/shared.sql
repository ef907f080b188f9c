/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, `email`, `phone_number`, `expires_at` FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` WHERE RAND() < 100 / 100;

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH written AS (
  SELECT 0 AS field, m.`email` AS t, count(*) AS n FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` m WHERE m.`email` IS NOT NULL GROUP BY m.`email`
  UNION ALL SELECT 1 AS field, m.`phone_number` AS t, count(*) AS n FROM `local`.`_eddy`.`stage_vip_20261101090000abcd` m WHERE m.`phone_number` IS NOT NULL GROUP BY m.`phone_number`
),
named AS (
  SELECT field, REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(t, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon, t, n
  FROM written
  WHERE field = 0 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(v, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon, t, n
  FROM written AS w CROSS JOIN UNNEST(SPLIT(w.t, ',')) AS v
  WHERE field = 0 AND t LIKE '%,%'
  UNION ALL SELECT field, RIGHT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(t, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', ''), r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', ''), 6) AS canon, t, n
  FROM written
  WHERE field = 1 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, RIGHT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', ''), r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', ''), 6) AS canon, t, n
  FROM written AS w CROSS JOIN UNNEST(SPLIT(w.t, ',')) AS v
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
