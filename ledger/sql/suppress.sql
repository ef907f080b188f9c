{{- /* list: what stands on a list. */ -}}
{{define "list" -}}
SELECT {{range $i, $f := .Listed}}{{if $i}}, {{end}}{{.Column}}{{end}}
FROM {{.List}}
{{- end}}

{{- /* listed: the canonical forms of what stands on a list. */ -}}
{{define "listed"}}listed AS {{once}}(
{{- range $i, $f := .Listed}}
{{- if $i}}
  {{union}}
{{- end}}
  SELECT {{.At}} AS field, {{canonical $f "v"}} AS canon
  FROM {{split $.List "w" (named (of .) (print "w." .Column))}}
  WHERE w.{{.Column}} IS NOT NULL
{{- end}}
){{end}}

{{- /* stage_listed: the rows of the model that may have an identity of a list. */ -}}
{{define "stage_listed" -}}
WITH {{template "listed" .}}
{{- range $i, $f := .Searched}}
{{- if $i}}
{{union}}
{{- end}}
SELECT m.record_id{{rowColumns $ "m."}}
FROM {{$.Stage}} m
WHERE m.record_id IS NOT NULL AND m.{{.Column}} IS NOT NULL
  AND ({{otherKind $f (print "m." .Column)}}{{one (print "m." .Column)}} AND {{canonical $f (firstOf (of .) (print "m." .Column))}} IN (SELECT canon FROM listed WHERE field = {{.At}}))
{{union}}
SELECT m.record_id{{rowColumns $ "m."}}
FROM {{split $.Stage "m" (named (of .) (print "m." .Column))}}
WHERE m.record_id IS NOT NULL AND {{several (print "m." .Column)}} AND {{canonical $f "v"}} IN (SELECT canon FROM listed WHERE field = {{.At}})
{{- end}}
{{- end}}

{{- /* count_suppressed: how many records of the model are suppressed. */ -}}
{{define "count_suppressed" -}}
SELECT count(DISTINCT m.record_id)
FROM {{.Stage}} m
WHERE EXISTS (SELECT 1 FROM {{.Out}} x WHERE x.record_id = m.record_id AND x.wants = 0)
{{- end}}
