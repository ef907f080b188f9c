{{- /* log: the lines of a run that are for people, but those that are there already: of a
       statement that failed anything may be left. */ -}}
{{define "log" -}}
INSERT INTO {{.Log}} (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT {{lit .Connection}}, {{lit .Run}}, record_id, operation, CASE status WHEN 'resting' THEN 'invalid' WHEN 'nobody' THEN 'delivered' ELSE status END, why,
  {{moment .Started}}, {{moment .Finished}}
FROM (
{{in 2 "lines" .}}
) l
WHERE status NOT IN ('same', 'forgotten')
  AND NOT EXISTS (
    SELECT 1 FROM {{.Log}} said
    WHERE said.sync_run_id = {{lit .Run}} AND said.connection_id = {{lit .Connection}} AND said.sync_started_at = {{moment .Started}}
      AND said.primary_key = l.record_id AND said.operation = l.operation
  )
{{- end}}

{{- /* log_model: the rows that no run can use. */ -}}
{{define "log_model" -}}
INSERT INTO {{.Log}} (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT {{lit .Connection}}, {{lit .Run}}, record_id, operation, 'invalid', why, {{moment .Started}}, {{moment .Finished}}
FROM (
{{- if .Frozen}}
  SELECT record_id, 'unchanged' AS operation, {{lit .Conflict}} AS why
  FROM (
{{in 4 "contradictions" .}}
  ) conflicts
{{- end}}
{{- if and .Frozen .NullIDs}}
  UNION ALL
{{- end}}
{{- if .NullIDs}}
  SELECT CAST(NULL AS {{text}}) AS record_id, 'insert' AS operation, {{lit .NullIDs}} AS why
{{- end}}
) l
{{- end}}

{{- /* log_held: who would leave by a run that is held. */ -}}
{{define "log_held" -}}
INSERT INTO {{.Log}} (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at)
SELECT {{lit .Connection}}, {{lit .Run}}, record_id,
  CASE WHEN max(status) = 'leaves' THEN 'delete' ELSE 'update' END, 'held',
  CASE WHEN max(status) = 'leaves' THEN 'would leave: none of its identities stays' ELSE 'would lose identities' END,
  {{moment .Started}}, {{moment .Finished}}
FROM {{.Exceptions}}
WHERE status IN ('leaves', 'loses')
GROUP BY record_id
{{- end}}
