{{- /* shared: the texts that may name a value which stands in more rows than so many, with
       the canonical form of the value and in how many rows the text stands. The texts of one
       form come together. Where nothing stands so often, the model is read once. */ -}}
{{define "shared" -}}
WITH often AS {{once}}(
  SELECT field, canon
  FROM (
{{- range $i, $f := .Often}}
    {{if $i}}UNION ALL {{end}}SELECT {{.At}} AS field, {{formOf . "v.v"}} AS canon
    FROM {{$.Stage}} m, {{split (named . (print "m." .Column))}}
    WHERE m.{{.Column}} IS NOT NULL
{{- end}}
  ) f
  GROUP BY field, canon
  HAVING count(*) > {{.Rows}} AND canon IS NOT NULL
)
SELECT DISTINCT field, canon, t, n
FROM (
{{- range $i, $f := .Often}}
  {{if $i}}UNION ALL {{end}}SELECT {{.At}} AS field, {{formOf . "v.v"}} AS canon, w.t, w.n
  FROM (SELECT m.{{.Column}} AS t, count(*) AS n FROM {{$.Stage}} m WHERE m.{{.Column}} IS NOT NULL GROUP BY m.{{.Column}}) w, {{split (named . "w.t")}}
{{- end}}
) f
WHERE EXISTS (SELECT 1 FROM often o WHERE o.field = f.field AND o.canon = f.canon)
ORDER BY field, canon
{{- end}}
