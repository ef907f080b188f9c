{{- /* model: the staged rows, one a record, with when the audience would let them go. Rows
       whose record the model contradicts itself about are not among them. */ -}}
{{define "model" -}}
SELECT {{if .Repeats}}DISTINCT {{end}}m.record_id{{staged .}}{{own .}}
FROM {{.Stage}} m
{{- range times .}}
LEFT JOIN {{$.Times}} t{{.At}} ON t{{.At}}.field = {{.At}} AND t{{.At}}.v = m.{{.Column}}
{{- end}}
WHERE m.record_id IS NOT NULL{{admitted . "m.record_id"}}
{{- if .Frozen}}
  AND NOT EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = m.record_id)
{{- end}}
{{- if .Kept}}
UNION ALL
SELECT k.record_id{{keptValues .}}, k.fingerprint,
  {{keptUntil .}} AS until,
  {{keptWanted .}} AS wanted, k.settings, 0 AS present
FROM held k
JOIN alone a ON a.record_id = k.record_id
WHERE k.state IN ('held', 'beside', 'doubt')
{{- end}}
{{- end}}

{{- /* kept: the records that the model says nothing clear about want what they wanted last.
       One that wanted nothing is left alone. */ -}}
{{define "kept" -}}
{{- if .Frozen}}{{template "frozen" .}},
{{end}}alone AS (
{{- if .Frozen}}
  SELECT record_id FROM frozen
{{- end}}
{{- if and .Frozen .Upsert}}
  UNION ALL
{{- end}}
{{- if .Upsert}}
  SELECT h.record_id FROM held h WHERE NOT EXISTS (SELECT 1 FROM {{.Stage}} m WHERE m.record_id = h.record_id){{admitted . "h.record_id"}} GROUP BY h.record_id
{{- end}}
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
{{- end}}

{{- /* frozen: the records whose rows differ. */ -}}
{{define "frozen"}}frozen AS (
  SELECT record_id
  FROM (SELECT DISTINCT record_id{{stagedColumns .}} FROM {{.Stage}} WHERE record_id IS NOT NULL{{with heldOut . "record_id"}} AND NOT {{.}}{{end}}) staged
{{- with unlisted . "staged.record_id"}}
  WHERE {{.}}
{{- end}}
  GROUP BY record_id
  HAVING count(*) > 1
)
{{- end}}
