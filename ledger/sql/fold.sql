{{define "base" -}}
CREATE TABLE {{.Into}} AS
{{template "held" .Held}}
{{- end}}

{{- /* members: how many records the audience holds, or may hold: a record has one version that
       it wants. What only leaves counts where nothing else is held. */ -}}
{{define "members" -}}
SELECT CASE WHEN count(CASE WHEN state <> 'leaving' THEN 1 END) > 0 THEN count(CASE WHEN state <> 'leaving' THEN 1 END) ELSE count(*) END
FROM (
{{in 2 "held" .Held}}
) h
WHERE until IS NOT NULL
{{- end}}

{{- /* each_member: the versions that may be in, for the guard. */ -}}
{{define "each_member" -}}
SELECT settings, {{fields ""}}
FROM (
{{in 2 "held" .Held}}
) h
WHERE until IS NOT NULL AND {{bytes "until"}} > {{lit .Now}}
{{- if .Limit}}
LIMIT {{.Limit}}
{{- end}}
{{- end}}

{{define "versions" -}}
SELECT {{version ""}}
FROM (
{{in 2 "held" .Held}}
) h
{{- end}}

{{- /* snapshot: the audience as it was meant after a run. */ -}}
{{define "snapshot" -}}
CREATE VIEW {{.Into}} AS
{{template "picture" .}}
{{- end}}

{{define "picture" -}}
SELECT record_id, {{fields ""}}, state, until
FROM (
{{in 2 "held" .Held}}
) h
WHERE state IN ('held', 'beside', 'doubt')
{{- end}}
