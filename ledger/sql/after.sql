{{- /* after: what one run left of the records that it names. */ -}}
{{define "after"}}
{{- if .Clean -}}
SELECT settings,
  CASE WHEN side = '.' THEN attempts ELSE 0 END AS attempts,
  record_id, until, state, {{fields ""}}, fingerprint,
  CASE WHEN side = '.' THEN reason END AS reason
FROM {{.Changes}}
WHERE side <> '-'
{{- else -}}
SELECT settings,
  CASE
    WHEN side = '.' THEN attempts
    WHEN side = '-' THEN attempts + refused
    WHEN outcome = 'rejected' THEN attempts + 1
    ELSE 0
  END AS attempts,
  record_id,
  CASE
    WHEN side = '+' AND outcome IN ('invalid', 'rejected') THEN NULL
    WHEN side IN ('+', '=') AND outcome = 'same' THEN known_until
    WHEN side = '=' AND outcome = 'unsent' THEN held_until
    ELSE until
  END AS until,
  CASE
    WHEN side = '.' THEN state
    WHEN side = '-' THEN 'leaving'
    WHEN outcome IN ('doubt', 'invalid', 'rejected') THEN outcome
    WHEN outcome = 'unsent' THEN 'doubt'
    WHEN stays = 1 THEN 'beside'
    ELSE state
  END AS state,
  {{fields ""}}, fingerprint,
  CASE
    WHEN side = '.' THEN reason
    WHEN side = '-' AND refused = 1 OR side <> '-' AND outcome IN ('invalid', 'rejected') THEN why
  END AS reason
FROM (
{{in 2 "outcome" .}}
) o
WHERE side IN ('.', '=')
  OR side = '+' AND outcome <> 'unsent'
  OR side = '-' AND until IS NOT NULL AND (outcome = 'doubt' OR stays = 1 OR spared = 1 AND outcome IN ('invalid', 'rejected', 'unsent'))
{{- end}}
{{- end}}
