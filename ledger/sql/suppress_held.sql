{{- /* held_listed: the versions that may be in the audience and may have one, of records that
       the model says nothing clear about. */ -}}
{{define "held_listed" -}}
WITH {{template "listed" .}}{{if .Frozen}},
{{template "frozen" .}}{{end}}
SELECT h.record_id, h.settings, {{fields "h."}}
FROM (
{{- range $i, $f := .Listed}}
{{- if $i}}
  {{union}}
{{- end}}
  SELECT {{version "x."}}
  FROM (
{{in 4 "held" $.Held}}
  ) x
  WHERE x.until IS NOT NULL AND ({{otherKind $f (print "x." .Column)}}{{one (print "x." .Column)}} AND {{canonical $f (print "x." .Column)}} IN (SELECT canon FROM listed WHERE field = {{.At}}))
  {{union}}
  SELECT {{version "x."}}
  FROM {{split (print "(\n" (in 4 "held" $.Held) "\n  )") "x" (print "x." .Column)}}
  WHERE x.until IS NOT NULL AND {{several (print "x." .Column)}} AND {{canonical $f "v"}} IN (SELECT canon FROM listed WHERE field = {{.At}})
{{- end}}
) h
WHERE NOT EXISTS (SELECT 1 FROM {{.Stage}} m WHERE m.record_id = h.record_id)
{{- if .Frozen}}
  OR EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = h.record_id)
{{- end}}
{{- end}}
