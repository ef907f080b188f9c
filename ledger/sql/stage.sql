{{- /* count: rows, rows without a record id, records, and records that come more than once. */ -}}
{{define "count" -}}
SELECT coalesce(sum(n), 0), coalesce(sum(CASE WHEN record_id IS NULL THEN n END), 0),
  count(record_id), count(CASE WHEN n > 1 AND record_id IS NOT NULL THEN 1 END)
FROM (SELECT record_id, count(*) AS n FROM {{.Stage}} GROUP BY record_id) ids
{{- end}}

{{- /* conflicts: the records whose rows differ: how many, their rows, and two of them. */ -}}
{{define "conflicts" -}}
SELECT count(*), coalesce(sum(n), 0), min(record_id), max(record_id)
FROM (
{{in 2 "contradictions" .}}
) conflicts
{{- end}}

{{define "contradictions" -}}
SELECT record_id, sum(n) AS n
FROM (SELECT record_id{{stagedColumns .}}, count(*) AS n FROM {{.Stage}} WHERE record_id IS NOT NULL{{with heldOut . "record_id"}} AND NOT {{.}}{{end}} GROUP BY record_id{{stagedColumns .}}) staged
{{- with unlisted . "staged.record_id"}}
WHERE {{.}}
{{- end}}
GROUP BY record_id
HAVING count(*) > 1
{{- end}}

{{- /* times: the texts of a time that SQL cannot compare as they stand. */ -}}
{{define "times" -}}
SELECT DISTINCT {{.Column}} FROM {{.Stage}} WHERE {{.Column}} NOT LIKE {{lit iso}}
{{- end}}

{{define "rows" -}}
SELECT record_id{{stagedColumns .}} FROM {{.Stage}}{{with .Sample}} {{.}}{{end}}
{{- end}}
