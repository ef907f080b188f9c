{{- /* held_listed: the versions that may be in the audience and may have one, and whether the model
       says nothing clear about their records. */ -}}
{{define "held_listed" -}}
WITH {{template "listed" .}}{{if .Frozen}},
{{template "frozen" .}}{{end}}
SELECT h.record_id, h.settings, {{fields "h."}},
  CASE WHEN NOT EXISTS (SELECT 1 FROM {{.Stage}} m WHERE m.record_id = h.record_id){{if .Frozen}} OR EXISTS (SELECT 1 FROM frozen f WHERE f.record_id = h.record_id){{end}} THEN 1 ELSE 0 END AS unclear
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
{{- end}}

{{- /* unremoved: how many records that have an identity of a list may be in with a version that they
       do not want, by what the run left. */ -}}
{{define "unremoved" -}}
SELECT count(DISTINCT a.record_id)
FROM (
{{in 2 "after" .}}
) a
WHERE a.state = 'leaving' AND a.until IS NOT NULL AND EXISTS (SELECT 1 FROM {{.Out}} x WHERE x.record_id = a.record_id)
{{- end}}
