{{- /* wanted: what the run asserts, for the guard. */ -}}
{{define "wanted" -}}
SELECT record_id, settings, {{fields ""}} FROM {{.Changes}} WHERE side IN ('+', '=')
{{- end}}
