{{- /* outcome: each change of a run, with what became of its record. An exception counts
       in a bucket that was answered for; every other bucket is in doubt. */ -}}
{{define "outcome"}}
{{- if .Exceptions -}}
SELECT c.*,
  CASE
    WHEN NOT {{answered . "c.bucket"}} OR e.failed = 1 THEN 'doubt'
    WHEN e.invalid = 1 THEN 'invalid'
    WHEN e.rejected = 1 THEN 'rejected'
    WHEN e.unsent = 1 THEN 'unsent'
    WHEN e.same = 1 THEN 'same'
    ELSE 'delivered'
  END AS outcome,
  coalesce(e.refused, 0) AS refused, coalesce(e.stays, 0) AS stays, coalesce(e.spared, 0) AS spared, e.known_until, e.why
FROM {{.Changes}} c
LEFT JOIN (
{{in 2 "exceptions" .}}
) e ON e.record_id = c.record_id
{{- else -}}
SELECT c.*,
  CASE WHEN NOT {{answered . "c.bucket"}} THEN 'doubt' ELSE 'delivered' END AS outcome,
  0 AS refused, 0 AS stays, 0 AS spared, CAST(NULL AS {{text}}) AS known_until, CAST(NULL AS {{text}}) AS why
FROM {{.Changes}} c
{{- end}}
{{- end}}

{{define "exceptions" -}}
SELECT record_id,
  max(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS failed,
  max(CASE WHEN status = 'invalid' THEN 1 ELSE 0 END) AS invalid,
  max(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
  max(CASE WHEN status = 'unsent' THEN 1 ELSE 0 END) AS unsent,
  max(CASE WHEN status = 'refused' THEN 1 ELSE 0 END) AS refused,
  max(CASE WHEN status IN ('refused', 'unremoved') THEN 1 ELSE 0 END) AS stays,
  max(CASE WHEN status = 'spared' THEN 1 ELSE 0 END) AS spared,
  max(CASE WHEN status = 'same' THEN 1 ELSE 0 END) AS same,
  max(until) AS known_until, max(reason) AS why
FROM {{.Exceptions}}
GROUP BY record_id
{{- end}}
