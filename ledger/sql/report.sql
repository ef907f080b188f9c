{{- /* report: what the run does, or did, about how many records: the operation, what became
       of it, why, how many, two of them, and how many the model has a row of. */ -}}
{{define "report" -}}
{{- if .Clean}}
SELECT operation, 'delivered', CAST(NULL AS {{text}}), count(*), CAST(NULL AS {{text}}), CAST(NULL AS {{text}}), sum(present)
FROM {{.Changes}}
WHERE side IN ('+', '=')
GROUP BY operation
UNION ALL
{{- end}}
SELECT operation, status, why, count(*),
  min(CASE WHEN status <> 'delivered' THEN {{bytes "record_id"}} END), max(CASE WHEN status <> 'delivered' THEN {{bytes "record_id"}} END), sum(present)
FROM (
{{- if .Clean}}
{{in 2 "rare" .}}
{{- else}}
{{in 2 "lines" .}}
{{- end}}
) l
GROUP BY operation, status, why
{{- end}}
