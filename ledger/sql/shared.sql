{{- /* shared: the texts that may name a value which stands in more rows than so many, with
       the canonical form of the value and in how many rows the text stands. The texts of one
       form come together. A form is dear, and is worked out once for each text. */ -}}
{{define "shared" -}}
WITH written AS {{once}}(
{{- range $i, $f := .Often}}
  {{if $i}}UNION ALL {{end}}SELECT {{.At}} AS field, m.{{.Column}} AS t, count(*) AS n FROM {{$.Stage}} m WHERE m.{{.Column}} IS NOT NULL GROUP BY m.{{.Column}}
{{- end}}
),
named AS {{once}}(
{{- range $i, $f := .Often}}
  {{if $i}}UNION ALL {{end}}SELECT field, {{formOf . (firstOf . "t")}} AS canon, t, n
  FROM written
  WHERE field = {{.At}} AND {{one "t"}}
  UNION ALL SELECT field, {{formOf . "v"}} AS canon, t, n
  FROM {{split "written" "w" (named . "w.t")}}
  WHERE field = {{.At}} AND {{several "t"}}
{{- end}}
),
often AS (
  SELECT field, canon
  FROM named
  GROUP BY field, canon
  HAVING sum(n) > {{.Rows}}{{with .Blank}} AND (canon <> '' OR field NOT IN ({{.}})){{end}}
)
SELECT DISTINCT n.field, n.canon, n.t, n.n
FROM named n
JOIN often o ON o.field = n.field AND o.canon = n.canon
ORDER BY 1, 2
{{- end}}
