{{- /* read: one phase's changes of some buckets. What was found to need no request, before
       the first was sent, is not among them. */ -}}
{{define "read" -}}
SELECT record_id, settings, {{.Columns}}
FROM {{.Changes}} c
WHERE {{if .Removing}}side = '-' AND held_until IS NOT NULL{{else}}side IN ('+', '='){{end}}
{{- if .Some}}
  AND bucket BETWEEN {{.From}} AND {{.To}}
{{- end}}
{{- if .Exceptions}}
  AND NOT EXISTS (SELECT 1 FROM {{.Exceptions}} e WHERE e.record_id = c.record_id AND e.status IN ('same', {{if .Removing}}'spared'{{else}}'invalid'{{end}}))
{{- end}}
{{- end}}

{{- /* events: the changes that assert a version, but those that need no request. */ -}}
{{define "events" -}}
SELECT operation, record_id, settings, {{fields ""}}
FROM {{.Changes}} c
WHERE side IN ('+', '=')
{{- if .Exceptions}}
  AND NOT EXISTS (SELECT 1 FROM {{.Exceptions}} e WHERE e.record_id = c.record_id AND e.status IN ('same', 'invalid'))
{{- end}}
{{- end}}

{{- /* sample: a few changes of each operation. */ -}}
{{define "sample" -}}
SELECT operation, record_id, settings, {{fields ""}}
FROM (
  SELECT c.*, row_number() OVER (PARTITION BY operation ORDER BY record_id) AS place
  FROM {{.Changes}} c
  WHERE (side IN ('+', '=') OR operation = 'delete' AND side = '-')
{{- if .Exceptions}}
    AND NOT EXISTS (SELECT 1 FROM {{.Exceptions}} e WHERE e.record_id = c.record_id AND e.status IN ('same', 'invalid'))
{{- end}}
) c
WHERE place <= {{.Limit}}
ORDER BY operation, place
{{- end}}
