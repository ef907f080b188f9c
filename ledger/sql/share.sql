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

{{- /* stays: a version that is in, or that was in when the destination refused to take it once
       more, and that its record wants: a record with nothing due that the model says nothing
       clear about may have no other than the latter. */ -}}
{{define "stays"}}(x.state = 'held' OR x.state = 'rejected' AND x.until IS NOT NULL){{end}}

{{- /* neighbours: the versions that stay of records with nothing due, and that may share an
       identity with a version that is removed. Where only those on a list are taken out, one
       with a version that is leaving has no row, and one of its own would make that forgotten. */ -}}
{{define "neighbours" -}}
WITH gone AS {{inlined}}(
{{- range $i, $f := identities .}}
{{- if $i}}
  {{union}}
{{- end}}
  SELECT {{$f.At}} AS field, {{canonical $f "v"}} AS canon
  FROM {{split $.Changes "c" (print "c." $f.Column)}}
  WHERE c.side = '-' AND c.held_until IS NOT NULL AND c.{{$f.Column}} IS NOT NULL
{{- end}}
)
SELECT h.record_id, h.settings, {{fields "h."}}, {{bucket "h.record_id"}}, h.fingerprint, h.until,
  {{lapse "h." .Moment}}, {{if .Stage}}CASE WHEN EXISTS (SELECT 1 FROM {{.Stage}} m WHERE m.record_id = h.record_id) THEN 1 ELSE 0 END{{else}}1{{end}}, h.state
FROM (
{{- range $i, $f := identities .}}
{{- if $i}}
  {{union}}
{{- end}}
  SELECT {{version "x."}}
  FROM (
{{in 4 "held" $.Held}}
  ) x
  WHERE {{template "stays"}} AND ({{otherKind $f (print "x." $f.Column)}}{{one (print "x." $f.Column)}} AND {{canonical $f (print "x." $f.Column)}} IN (SELECT canon FROM gone WHERE field = {{$f.At}}))
  {{union}}
  SELECT {{version "x."}}
  FROM {{split (print "(\n" (in 4 "held" $.Held) "\n  )") "x" (print "x." $f.Column)}}
  WHERE {{template "stays"}} AND {{several (print "x." $f.Column)}} AND {{canonical $f "v"}} IN (SELECT canon FROM gone WHERE field = {{$f.At}})
{{- end}}
) h
WHERE NOT EXISTS (SELECT 1 FROM {{.Changes}} c WHERE c.record_id = h.record_id)
{{- if .Only}}
  AND h.record_id NOT IN (
    SELECT y.record_id
    FROM (
{{in 6 "held" .Held}}
    ) y
    WHERE y.state = 'leaving'
  )
{{- end}}
{{- end}}
