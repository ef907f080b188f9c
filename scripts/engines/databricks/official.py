"""Has Databricks' own SDK for Python talk to the server of databricks.py, which was not made by its
makers: where both had the same wrong idea of the API as Eddy's client, this would show it. Prints what it saw."""
import io
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.sql import Disposition, Format, QueryTag, StatementParameterListItem

host = "http://127.0.0.1:" + sys.argv[1]
w = WorkspaceClient(host=host, client_id="eddy", client_secret="open sesame", auth_type="oauth-m2m")
run = lambda sql, **more: w.statement_execution.execute_statement(sql, "eddy", wait_timeout="50s", **more)


def same(what, got, want):
    if got != want:
        sys.exit("%s: %r, not %r" % (what, got, want))
    print("ok", what)


r = run("SELECT :name AS n, id FROM range(10) WHERE id < :most", parameters=[StatementParameterListItem("name", value="it's"), StatementParameterListItem("most", value="2", type="INT")], query_tags=[QueryTag("app", "eddy")])
same("parameters", r.result.data_array, [["it's", "0"], ["it's", "1"]])
same("types", [(c.name, c.type_name.value) for c in r.manifest.schema.columns], [("n", "STRING"), ("id", "LONG")])
r = run("SELECT nosuch")
same("an error", (r.status.state.value, r.status.sql_state, r.status.error.error_code.value), ("FAILED", "42703", "BAD_REQUEST"))
r = run("SELECT id FROM range(50000)", disposition=Disposition.EXTERNAL_LINKS, format=Format.ARROW_STREAM)
same("a manifest", (r.manifest.total_row_count, r.manifest.total_chunk_count), (50000, 3))
same("its bytes", sum(c.byte_count for c in r.manifest.chunks), r.manifest.total_byte_count)
part = w.statement_execution.get_statement_result_chunk_n(r.statement_id, 1).external_links[0]
same("a link", (part.row_offset, part.row_count, part.next_chunk_index), (20000, 20000, 2))
w.api_client.do("PUT", "/api/2.0/fs/files/Volumes/main/eddy/loads/a.txt", query={"overwrite": "true"}, data=io.BytesIO(b"hello"), headers={"Content-Type": "application/octet-stream"})
same("a file", w.files.download("/Volumes/main/eddy/loads/a.txt").contents.read(), b"hello")
w.files.delete("/Volumes/main/eddy/loads/a.txt")
r = w.statement_execution.execute_statement("SELECT count(*) FROM range(100000000) a CROSS JOIN range(100000) b WHERE (a.id * b.id) % 7 = 3", "eddy", wait_timeout="0s")
w.statement_execution.cancel_execution(r.statement_id)
while (s := w.statement_execution.get_statement(r.statement_id).status.state.value) in ("PENDING", "RUNNING"):
    pass
same("a cancellation", s, "CANCELED")
same("the warehouse", w.warehouses.get("eddy").state.value, "RUNNING")
