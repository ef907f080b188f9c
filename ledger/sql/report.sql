{{- /* report: what the run does, or did, about how many records: the operation, what became
       of it, why, how many, two of them, and how many the model has a row of. */ -}}
{{define "report" -}}
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN {{bytes "record_id"}} END), max(CASE WHEN status <> 'delivered' THEN {{bytes "record_id"}} END), sum(present)
FROM (
{{in 2 "lines" .}}
) l
GROUP BY operation, status, why
{{- end}}

{{- /* lines: one line a record that the run names, and one for each version that rests. */ -}}
{{define "lines" -}}
{{- if .Clean}}
SELECT record_id, operation, 'delivered' AS status, CAST(NULL AS {{text}}) AS why, present
FROM {{.Changes}}
WHERE side IN ('+', '=')
UNION ALL
SELECT record_id, operation, CASE WHEN operation = 'forget' THEN 'forgotten' ELSE 'delivered' END, max(reason), max(present)
FROM {{.Changes}}
WHERE side = '-' AND operation IN ('delete', 'forget')
GROUP BY record_id, operation
{{- else}}
SELECT record_id, {{operation}} AS operation,
  {{status}} AS status,
  CASE WHEN outcome <> 'delivered' AND outcome <> 'same' OR stays = 1 THEN coalesce(why, {{lit .Unsettled}}) END AS why, present
FROM (
{{in 2 "outcome" .}}
) w
WHERE side IN ('+', '=')
UNION ALL
SELECT record_id, operation,
  CASE WHEN operation = 'forget' THEN 'forgotten' ELSE max({{status}}) END,
  max(CASE WHEN outcome <> 'delivered' OR stays = 1 THEN coalesce(why, {{lit .Unsettled}}) ELSE reason END), max(present)
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
