{{- /* lines: one line a record that the run names, and one for each version that rests. */ -}}
{{define "lines" -}}
{{- if .Clean}}
SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS {{text}}) AS why, present
FROM {{.Changes}}
WHERE side IN ('+', '=')
{{- else}}
SELECT record_id, {{operation}} AS operation,
  {{status}} AS status,
  CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, {{lit .Unsettled}}) END AS why, present
FROM (
{{in 2 "outcome" .}}
) w
WHERE side IN ('+', '=')
{{- end}}
{{- if .Rare}}
UNION ALL
{{template "rare" .}}
{{- end}}
{{- end}}

{{- /* rare: the lines of records that want no version. */ -}}
{{define "rare" -}}
{{- if .Clean}}
SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END AS status, max(reason) AS why, max(present) AS present
FROM {{.Changes}}
WHERE side = '-' AND operation IN ('delete', 'forget')
GROUP BY record_id, operation
{{- else}}
SELECT record_id, operation,
  CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max({{status}}) END AS status,
  max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, {{lit .Unsettled}}) ELSE reason END) AS why, max(present) AS present
FROM (
{{in 2 "outcome" .}}
) o
WHERE side = '-' AND operation IN ('delete', 'forget')
GROUP BY record_id, operation
{{- end}}
UNION ALL
SELECT record_id, CASE WHEN state = 'leaving' THEN 'delete' ELSE 'insert' END, 'resting',
  {{resting}}, present
FROM {{.Changes}}
WHERE side = '.' AND state <> 'beside'
{{- end}}
