{{- /* history: the connection's events since its last run that ended, which audiences all
       connections feed, and the tables and views that are there. */ -}}
{{define "history" -}}
SELECT connection_id, run_id, seq, event, detail
FROM (
  SELECT connection_id, run_id, seq, event, detail
  FROM {{.Runs}}
  WHERE event = 'audience'
    OR connection_id = {{lit .Connection}} AND seq >= coalesce((SELECT max(seq) FROM {{.Runs}} WHERE connection_id = {{lit .Connection}} AND event = 'closed'), 0)
  UNION ALL
  SELECT {{lit .Connection}}, CAST(name AS {{text}}), 0, 'table', CAST(NULL AS {{text}})
  FROM {{.Tables}} t
) past
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END
{{- end}}
