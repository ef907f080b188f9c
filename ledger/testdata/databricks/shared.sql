/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, `email`, `phone_number`, `expires_at` FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` WHERE rand() * 100 < 100;

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH written AS (
  SELECT 0 AS field, m.`email` AS t, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` m WHERE m.`email` IS NOT NULL GROUP BY m.`email`
  UNION ALL SELECT 1 AS field, m.`phone_number` AS t, count(*) AS n FROM `main`.`_eddy`.`stage_vip_20261101090000abcd` m WHERE m.`phone_number` IS NOT NULL GROUP BY m.`phone_number`
),
named AS (
  SELECT field, translate(lower(regexp_replace(replace(t, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon, t, n
  FROM written
  WHERE field = 0 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, translate(lower(regexp_replace(replace(v, 'K', 'k'), '(?s)^.*([:<]|\\\\x)|@[^@]*$|[A-Za-z][\\u0300-\\u036f]+|[^0-9A-Za-z._+-]', '')), 'i', '') AS canon, t, n
  FROM (SELECT w.*, eddy_values.v FROM written AS w LATERAL VIEW explode(split(w.t, ',')) eddy_values AS v) AS w
  WHERE field = 0 AND t LIKE '%,%'
  UNION ALL SELECT field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(t, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon, t, n
  FROM written
  WHERE field = 1 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, right(regexp_replace(regexp_replace(regexp_replace(regexp_replace(translate(v, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', ''), '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', ''), 6) AS canon, t, n
  FROM (SELECT w.*, eddy_values.v FROM written AS w LATERAL VIEW explode(split(w.t, ',')) eddy_values AS v) AS w
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
