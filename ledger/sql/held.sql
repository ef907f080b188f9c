{{- /* held: what the audience holds, or may hold: the base, with each later run folded in. A
       run says all about the records that it names; of several the newest counts. To ask for
       n = 1 would have planners without statistics expect one row. */ -}}
{{define "held"}}
{{- if .Later -}}
WITH newest AS (
  SELECT record_id, max(n) AS n
  FROM (
{{- range $i, $run := .Later}}
    {{if $i}}UNION ALL {{end}}SELECT record_id, {{$run.N}} AS n FROM {{$run.Changes}}
{{- end}}
  ) named
  GROUP BY record_id
)
SELECT {{version "b."}}
FROM (
{{in 2 "first" .}}
) b
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = b.record_id)
{{- range .Later}}
UNION ALL
SELECT {{version "a."}}
FROM (
{{in 2 "after" .}}
) a
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE n.record_id = a.record_id AND n.n <> {{.N}})
{{- end}}
{{- else}}{{template "first" .}}{{end}}
{{- end}}

{{define "first"}}
{{- if .Base}}SELECT {{version ""}}
FROM {{.Base}}
{{- else if .First.Clean}}SELECT {{version ""}}
FROM {{.First.Changes}}
{{- else}}{{template "after" .First}}{{end}}
{{- end}}
