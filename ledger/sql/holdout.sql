{{- /* count_held_out: how many records of the model are held out. */ -}}
{{define "count_held_out" -}}
SELECT count(DISTINCT m.record_id)
FROM {{.Stage}} m
WHERE {{heldOut . "m.record_id"}}
{{- with unlisted . "m.record_id"}}
  AND {{.}}
{{- end}}
{{- end}}

{{- /* hold_out: those of them that are not on record yet. Rows are only added, and a statement
       that was carried out twice may leave one twice: the first time counts. */ -}}
{{define "hold_out" -}}
INSERT INTO {{.Into}} (primary_key, held_out_at)
SELECT DISTINCT m.record_id, {{moment .At}}
FROM {{.Stage}} m
WHERE {{heldOut . "m.record_id"}}
  AND NOT EXISTS (SELECT 1 FROM {{.Into}} said WHERE said.primary_key = m.record_id)
{{- end}}

{{- /* held_out: all that are on record, since when. */ -}}
{{define "held_out" -}}
SELECT primary_key, CAST(min(held_out_at) AS {{text}}) FROM {{.From}} GROUP BY primary_key
{{- end}}

{{- /* bring_held_out: those of another place that are not on record here. */ -}}
{{define "bring_held_out" -}}
INSERT INTO {{.Into}} (primary_key, held_out_at)
SELECT b.primary_key, {{momentOf "b.since"}}
FROM {{.From}} b
WHERE NOT EXISTS (SELECT 1 FROM {{.Into}} said WHERE said.primary_key = b.primary_key)
{{- end}}
