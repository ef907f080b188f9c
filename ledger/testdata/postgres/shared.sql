/* eddy: connection vip, run 20261101090000abcd, sample the stage */
SELECT record_id, "email", "phone_number", "expires_at" FROM "eddy_stage" TABLESAMPLE BERNOULLI (100);

/* eddy: connection vip, run 20261101090000abcd, count who shares */
WITH often AS (
  SELECT field, canon
  FROM (
    SELECT 0 AS field, replace(lower(CASE WHEN v.v COLLATE "C" ~ '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$' THEN split_part(v.v, '@', 1) ELSE regexp_replace(CASE WHEN v.v COLLATE "C" ~ '[^ -~]' AND getdatabaseencoding() = 'UTF8' THEN normalize(v.v) ELSE v.v END, '^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '', 'g') END COLLATE "C"), 'i', '') AS canon
    FROM "eddy_stage" m, unnest(string_to_array(m."email", ',')) AS v(v)
    WHERE m."email" IS NOT NULL
    UNION ALL SELECT 1 AS field, nullif(CASE WHEN v.v COLLATE "C" !~ '[^0-9+]' THEN right(v.v, 6) ELSE right(regexp_replace(regexp_replace(regexp_replace(CASE WHEN v.v COLLATE "C" !~ '[^\x01-\x7f]' THEN v.v ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(encode(decode(replace(v.v, '\', '\\'), 'escape'), 'escape'), '\\357\\274\\22([0-7])|\\331\\24([0-7])|\\333\\26([0-7])', '\1\2\3', 'g'), '\\(357\\274\\230|331\\250|333\\270)', '8', 'g'), '\\(357\\274\\231|331\\251|333\\271)', '9', 'g'), '\\[0-7]{3}', '', 'g') END, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '\1'), '[^0-9]', '', 'g'), 6) END, '') AS canon
    FROM "eddy_stage" m, unnest(string_to_array(m."phone_number", ',')) AS v(v)
    WHERE m."phone_number" IS NOT NULL
  ) f
  GROUP BY field, canon
  HAVING count(*) > 1 AND canon IS NOT NULL
)
SELECT DISTINCT field, canon, t, n
FROM (
  SELECT 0 AS field, replace(lower(CASE WHEN v.v COLLATE "C" ~ '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$' THEN split_part(v.v, '@', 1) ELSE regexp_replace(CASE WHEN v.v COLLATE "C" ~ '[^ -~]' AND getdatabaseencoding() = 'UTF8' THEN normalize(v.v) ELSE v.v END, '^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '', 'g') END COLLATE "C"), 'i', '') AS canon, w.t, w.n
  FROM (SELECT m."email" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."email" IS NOT NULL GROUP BY m."email") w, unnest(string_to_array(w.t, ',')) AS v(v)
  UNION ALL SELECT 1 AS field, nullif(CASE WHEN v.v COLLATE "C" !~ '[^0-9+]' THEN right(v.v, 6) ELSE right(regexp_replace(regexp_replace(regexp_replace(CASE WHEN v.v COLLATE "C" !~ '[^\x01-\x7f]' THEN v.v ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(encode(decode(replace(v.v, '\', '\\'), 'escape'), 'escape'), '\\357\\274\\22([0-7])|\\331\\24([0-7])|\\333\\26([0-7])', '\1\2\3', 'g'), '\\(357\\274\\230|331\\250|333\\270)', '8', 'g'), '\\(357\\274\\231|331\\251|333\\271)', '9', 'g'), '\\[0-7]{3}', '', 'g') END, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '\1'), '[^0-9]', '', 'g'), 6) END, '') AS canon, w.t, w.n
  FROM (SELECT m."phone_number" AS t, count(*) AS n FROM "eddy_stage" m WHERE m."phone_number" IS NOT NULL GROUP BY m."phone_number") w, unnest(string_to_array(w.t, ',')) AS v(v)
) f
WHERE EXISTS (SELECT 1 FROM often o WHERE o.field = f.field AND o.canon = f.canon)
ORDER BY field, canon;
