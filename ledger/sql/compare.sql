{{- /* compare: every version of a record of which something is due, and what is to be done
       about it. s is the model, h is held. */ -}}
{{.Create}}{{.Into}} AS
{{- if .Held}}
WITH held AS {{if not .Kept}}{{inlined}}{{end}}(
{{in 2 "held" .Held}}
),
{{- if .Kept}}
{{template "kept" .}}
{{- end}}
compared AS {{inlined}}(
  SELECT coalesce(s.record_id, h.record_id) AS record_id,
    {{values .}},
    CASE WHEN h.record_id IS NULL THEN {{model_settings .}} ELSE h.settings END AS settings,
    CASE WHEN h.record_id IS NULL THEN {{model_fingerprint .}} ELSE h.fingerprint END AS fingerprint,
    h.state AS was, h.until AS held_until, coalesce(h.attempts, 0) AS attempts, h.reason AS known, {{model_until .}} AS until,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE {{model_present .}} END AS present,
    CASE WHEN s.record_id IS NULL THEN 0 ELSE {{model_wanted .}} END AS wanted,
    CASE WHEN {{lapsing .}} THEN 1 ELSE 0 END AS lapsing
  FROM (
{{in 4 "model" .}}
  ) s
  FULL JOIN {{if .Kept}}touched{{else}}held{{end}} h
    ON h.record_id = s.record_id AND {{same .}}
  WHERE h.record_id IS NULL OR s.record_id IS NULL OR {{model_wanted .}} = 0 OR h.state <> 'held'
    OR {{lapsing .}} OR {{.Full}} = 1
),
due AS {{once}}(
  SELECT compared.*,
    CASE
      WHEN wanted = 0 THEN CASE WHEN was = 'leaving' AND attempts >= {{.MaxAttempts}} AND {{.Full}} = 0{{with mayRest . "compared.record_id"}} AND {{.}}{{end}} THEN '.' ELSE '-' END
      WHEN {{.Full}} = 0 AND (was = 'invalid' OR was = 'rejected' AND attempts >= {{.MaxAttempts}}) THEN '.'
      WHEN {{.Full}} = 0 AND was = 'beside' AND lapsing = 0 THEN '.'
      WHEN held_until IS NOT NULL THEN '='
      ELSE '+'
    END AS plan
  FROM compared
  WHERE {{with only . "compared.record_id"}}{{.}} AND ({{end}}was IS NOT NULL OR wanted = 1{{if .Only}}){{end}}
),
records AS (
  SELECT record_id,
    max(CASE WHEN plan IN ('+', '=') OR wanted = 1 AND was = 'beside' THEN 1 ELSE 0 END) AS sends,
    max(CASE WHEN plan = '=' THEN 1 ELSE 0 END) AS again,
    max(CASE WHEN plan = '+' THEN 1 ELSE 0 END) AS adds,
    max(CASE WHEN plan = '=' AND was IN ('held', 'beside') THEN 1 ELSE 0 END) AS renews,
    max(CASE WHEN plan = '-' AND held_until IS NOT NULL THEN 1 ELSE 0 END) AS removes,
    max(CASE WHEN plan = '.' AND was = 'leaving' THEN 1 ELSE 0 END) AS rests,
    max(CASE WHEN plan = '.' THEN 1 ELSE 0 END) AS notes
  FROM due
  GROUP BY record_id
)
{{template "planned" .}}
{{- else}}
{{template "fresh" .}}
{{- end}}
