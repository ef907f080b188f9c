{{- /* planned: the rows of changes. What rests wakes when its record changes. */ -}}
{{define "planned" -}}
SELECT {{bucket "d.record_id"}} AS bucket, d.settings, d.attempts, d.present, d.record_id,
  CASE WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside' AND r.removes = 1) THEN d.until ELSE d.held_until END AS until,
  CASE
    WHEN r.sends = 1 AND (r.removes = 1 OR r.rests = 1 AND r.adds = 1) OR r.again = 1 AND {{.Full}} = 1 THEN 'update'
    WHEN r.renews = 1 THEN 'renew'
    WHEN r.again = 1 THEN 'reassert'
    WHEN r.adds = 1 THEN 'insert'
    WHEN r.removes = 1 THEN 'delete'
    WHEN r.notes = 1 THEN 'rest'
    ELSE 'forget'
  END AS operation,
  CASE
    WHEN d.plan = '.' AND d.was = 'leaving' AND (r.adds = 1 OR r.removes = 1) THEN '-'
    WHEN d.plan = '.' AND d.was = 'beside' AND r.removes = 1 THEN '='
    ELSE d.plan
  END AS side,
  CASE
    WHEN d.wanted = 1 AND (d.plan <> '.' OR d.was = 'beside') THEN CASE WHEN r.rests = 1 AND r.adds = 0 AND r.removes = 0 THEN 'beside' ELSE 'held' END
    ELSE d.was
  END AS state,
  d.was, d.held_until,
  {{planned_values .}}, d.fingerprint,
  CASE
    WHEN d.plan = '.' AND d.was <> 'beside' THEN d.known
    WHEN d.present = 1 AND d.wanted = 0 THEN {{lit .Expired}}
{{- range shutOut . "d.record_id"}}
    {{.}}
{{- end}}
  END AS reason
FROM due d
JOIN records r ON r.record_id = d.record_id
{{- if apart}}
LEFT JOIN held v ON v.record_id = d.record_id AND v.fingerprint = d.fingerprint
{{- end}}
{{- end}}

{{- /* fresh: the same where nothing is held: every row is new. */ -}}
{{define "fresh" -}}
{{if .Frozen}}WITH {{template "frozen" .}}
{{end}}SELECT {{bucket "s.record_id"}} AS bucket, {{model_settings .}} AS settings, 0 AS attempts, 1 AS present, s.record_id,
  {{model_until .}} AS until, 'insert' AS operation, '+' AS side, 'held' AS state, CAST(NULL AS {{text}}) AS was, CAST(NULL AS {{text}}) AS held_until,
  {{values .}}, {{model_fingerprint .}} AS fingerprint, CAST(NULL AS {{text}}) AS reason
FROM (
{{in 2 "model" .}}
) s
WHERE {{model_wanted .}} = 1
{{- end}}
