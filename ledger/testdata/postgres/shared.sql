/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" TABLESAMPLE BERNOULLI (100);

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH written AS (
  SELECT 0 AS field, m."email" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."email" IS NOT NULL GROUP BY m."email"
  UNION ALL SELECT 1 AS field, m."phone_number" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."phone_number" IS NOT NULL GROUP BY m."phone_number"
),
named AS (
  SELECT field, replace(lower(CASE WHEN t COLLATE "C" ~ '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$' THEN split_part(t, '@', 1) ELSE regexp_replace(CASE WHEN t COLLATE "C" ~ '[^ -~]' AND getdatabaseencoding() = 'UTF8' THEN normalize(t) ELSE t END, '^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '', 'g') END COLLATE "C"), 'i', '') AS canon, t, n
  FROM written
  WHERE field = 0 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, replace(lower(CASE WHEN v COLLATE "C" ~ '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$' THEN split_part(v, '@', 1) ELSE regexp_replace(CASE WHEN v COLLATE "C" ~ '[^ -~]' AND getdatabaseencoding() = 'UTF8' THEN normalize(v) ELSE v END, '^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '', 'g') END COLLATE "C"), 'i', '') AS canon, t, n
  FROM (SELECT w.*, unnest(string_to_array(w.t, ',')) AS v FROM written AS w) AS w
  WHERE field = 0 AND t LIKE '%,%'
  UNION ALL SELECT field, CASE WHEN t COLLATE "C" !~ '[^0-9+]' THEN right(t, 6) ELSE right(regexp_replace(regexp_replace(regexp_replace(CASE WHEN t COLLATE "C" !~ '[^\x01-\x7f]' THEN t ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(encode(decode(replace(t, '\', '\\'), 'escape'), 'escape'), '\\357\\274\\22([0-7])|\\331\\24([0-7])|\\333\\26([0-7])', '\1\2\3', 'g'), '\\(357\\274\\230|331\\250|333\\270)', '8', 'g'), '\\(357\\274\\231|331\\251|333\\271)', '9', 'g'), '\\[0-7]{3}', '', 'g') END, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '\1'), '[^0-9]', '', 'g'), 6) END AS canon, t, n
  FROM written
  WHERE field = 1 AND t NOT LIKE '%,%'
  UNION ALL SELECT field, CASE WHEN v COLLATE "C" !~ '[^0-9+]' THEN right(v, 6) ELSE right(regexp_replace(regexp_replace(regexp_replace(CASE WHEN v COLLATE "C" !~ '[^\x01-\x7f]' THEN v ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(encode(decode(replace(v, '\', '\\'), 'escape'), 'escape'), '\\357\\274\\22([0-7])|\\331\\24([0-7])|\\333\\26([0-7])', '\1\2\3', 'g'), '\\(357\\274\\230|331\\250|333\\270)', '8', 'g'), '\\(357\\274\\231|331\\251|333\\271)', '9', 'g'), '\\[0-7]{3}', '', 'g') END, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '\1'), '[^0-9]', '', 'g'), 6) END AS canon, t, n
  FROM (SELECT w.*, unnest(string_to_array(w.t, ',')) AS v FROM written AS w) AS w
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
