{{- /* leaving: each version that is to be removed or rests, with the version that its
       record wants. */ -}}
{{define "leaving" -}}
SELECT o.record_id, o.was, o.held_until, o.settings, {{fields "o."}}, w.side, w.settings, {{fields "w."}}
FROM {{.Changes}} o
LEFT JOIN {{.Changes}} w ON w.record_id = o.record_id AND w.side IN ('+', '=')
WHERE o.side = '-' AND o.held_until IS NOT NULL
{{- if .Exceptions}}
  AND NOT EXISTS (SELECT 1 FROM {{.Exceptions}} e WHERE e.record_id = o.record_id AND e.status IN ('same', 'spared'))
{{- end}}
{{- end}}

{{- /* neighbours: the held versions of records with nothing due that may share an identity
       with a version that is removed. */ -}}
{{define "neighbours" -}}
WITH gone AS {{inlined}}(
{{- range $i, $f := identities .}}
{{- if $i}}
  UNION
{{- end}}
  SELECT {{$f.At}} AS field, {{canonical $f "v"}} AS canon
  FROM {{split $.Changes "c" (print "c." $f.Column)}}
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.{{$f.Column}} IS NOT NULL
{{- end}}
)
SELECT h.record_id, h.settings, {{fields "h."}}, {{bucket "h.record_id"}}, h.fingerprint, h.until,
  {{lapse "h." .Moment}}, {{if .Stage}}CASE WHEN EXISTS (SELECT 1 FROM {{.Stage}} m WHERE m.record_id = h.record_id) THEN 1 ELSE 0 END{{else}}1{{end}}
FROM (
{{- range $i, $f := identities .}}
{{- if $i}}
  UNION
{{- end}}
  SELECT {{version "x."}}
  FROM (
{{in 4 "held" $.Held}}
  ) x
  WHERE x.state = 'held' AND ({{otherKind $f (print "x." $f.Column)}}{{one (print "x." $f.Column)}} AND {{canonical $f (print "x." $f.Column)}} IN (SELECT canon FROM gone WHERE field = {{$f.At}}))
  UNION
  SELECT {{version "x."}}
  FROM {{split (print "(\n" (in 4 "held" $.Held) "\n  )") "x" (print "x." $f.Column)}}
  WHERE x.state = 'held' AND {{several (print "x." $f.Column)}} AND {{canonical $f "v"}} IN (SELECT canon FROM gone WHERE field = {{$f.At}})
{{- end}}
) h
WHERE NOT EXISTS (SELECT 1 FROM {{.Changes}} c WHERE c.record_id = h.record_id)
{{- end}}

{{- /* wanted: what the run asserts, for the guard. */ -}}
{{define "wanted" -}}
SELECT record_id, settings, {{fields ""}} FROM {{.Changes}} WHERE side IN ('+', '=')
{{- end}}
