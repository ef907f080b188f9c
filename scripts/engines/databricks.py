"""Spark with Delta tables behind the REST API of a Databricks SQL warehouse, on loopback, for tests.

Real: the parser, types, errors and their places, Delta's commits, cancelling. Made here after the
API's documentation: everything on the wire, states, chunks, links, limits, tokens; and what open
Spark lacks (see Statement.prepared and Statement.written). databricks.sh says who may log in.
"""
import argparse
import base64
import datetime
import glob
import hashlib
import io
import json
import logging
import os
import re
import secrets
import signal
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow
from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

options = argparse.ArgumentParser()
options.add_argument("--jars", required=True)
options.add_argument("--dir", required=True)
options.add_argument("--port", type=int, required=True)
options.add_argument("--storage", type=int, required=True)
options = options.parse_args()
VOLUMES, TABLES = os.path.join(options.dir, "volumes"), os.path.join(options.dir, "tables")
os.makedirs(VOLUMES, exist_ok=True)
CHUNK = 20_000  # rows of a chunk
INLINE = 25 << 20  # bytes of a result that comes within answers
SETTINGS = {
    "spark.jars": ",".join(glob.glob(options.jars + "/*.jar")),
    "spark.driver.memory": "2g", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.driver.maxResultSize": "600m",
    "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.local.dir": os.path.join(options.dir, "local"),
    # As a SQL warehouse is.
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension", "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.sources.default": "delta", "spark.sql.legacy.createHiveTableByDefault": "false", "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC", "spark.sql.warehouse.dir": TABLES,
    # Small tables, on two cores.
    "spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2", "spark.databricks.delta.snapshotPartitions": "1", "spark.databricks.delta.stats.collect": "false",
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.execution.arrow.maxRecordsPerBatch": str(CHUNK),
}
builder = SparkSession.builder.appName("eddy").master("local[2]")
for key, value in SETTINGS.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
logging.disable(logging.CRITICAL)  # errors are answers here

TOKENS = {"dapi-eddy"}
statements, lock = {}, threading.Lock()
heard = []  # what was sent with tags, as the history of queries has it


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


# What is no marker of a parameter, or is one.
PIECE = re.compile(r"""--[^\n]*|/\*.*?\*/|r'[^']*'|r"[^"]*"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|::|:([A-Za-z_]\w*)""", re.S | re.I)
# What writes, and where.
WRITES = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*INSERT\s+INTO(?:\s+TABLE)?\s+((?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))*)", re.S | re.I)
NAMES = {"bigint": "LONG", "smallint": "SHORT", "tinyint": "BYTE", "void": "NULL"}


def text(v):
    """A value as JSON_ARRAY has it."""
    if v is None or isinstance(v, str):
        return v
    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, (bytes, bytearray)):
        return base64.b64encode(v).decode()
    if isinstance(v, datetime.datetime):
        return v.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(v, default=str) if isinstance(v, (dict, list, tuple)) else str(v)


def column(i, field):
    typ = field.dataType.simpleString()
    base = re.split(r"[(<]", typ)[0]
    return {"name": field.name, "position": i, "type_text": typ.upper(), "type_name": NAMES.get(base, base.upper())}


class Statement:
    def __init__(self, request):
        self.id, self.request = str(uuid.uuid4()), request
        self.state, self.error, self.sql_state = "PENDING", None, None
        self.columns, self.chunks, self.streams = [], [], {}
        self.ended, self.canceled = threading.Event(), False

    def run(self):
        try:
            self.state = "RUNNING"
            self.keep(*self.result())
            self.state = "SUCCEEDED"
        except Refused as e:
            self.error = {"error_code": e.code, "message": e.message}
            self.state = "FAILED"
        except BaseException as e:  # noqa: whatever Spark says
            if not self.canceled:
                self.error = {"error_code": "BAD_REQUEST", "message": self.told(e)}
            self.state = "CANCELED" if self.canceled else "FAILED"
        finally:
            self.ended.set()

    def told(self, e):
        """Spark's own message, without the plan and the stack."""
        java = getattr(e, "java_exception", None)  # as Delta's own come
        message, e = java and java.getMessage() or str(e), java or e
        message = re.sub(r"(; line \d+ pos \d+);?\n.*", r"\1", message.split("\n\nJVM stacktrace")[0], flags=re.S)
        try:
            self.sql_state = e.getSqlState()
        except Exception:  # noqa: not all have one
            found = re.search(r"SQLSTATE: (\w{5})", message)
            self.sql_state = found and found[1]
        return message

    def result(self):
        spark.sparkContext.setJobGroup(self.id, "", interruptOnCancel=True)
        session = spark.newSession()
        session.conf.set("spark.databricks.delta.commitInfo.userMetadata", self.id)
        for use, name in ("SET CATALOG", self.request.get("catalog")), ("USE SCHEMA", self.request.get("schema")):
            if name:
                session.sql("%s `%s`" % (use, name.replace("`", "``")))
        frame = session.sql(self.prepared(session))
        if self.canceled:
            raise InterruptedError
        if frame.schema.fields:
            table = frame.toArrow()
            return [column(i, f) for i, f in enumerate(frame.schema.fields)], table
        n = self.written(session)
        if n is None:
            return [], None
        columns = [{"name": name, "position": i, "type_text": "BIGINT", "type_name": "LONG"} for i, name in enumerate(("num_affected_rows", "num_inserted_rows"))]
        return columns, pyarrow.table({c["name"]: pyarrow.array([n], pyarrow.int64()) for c in columns})

    def prepared(self, session):
        """The statement, without what open Spark lacks: parameters (the parser of Delta loses them), volumes, information_schema."""
        values = {p["name"]: p for p in self.request.get("parameters") or []}

        def literal(m):
            if not m[1]:
                return m[0]
            if m[1] not in values:
                raise Refused(200, "BAD_REQUEST", "[UNBOUND_SQL_PARAMETER] Found the unbound parameter: %s. SQLSTATE: 42P02" % m[1])
            value = values[m[1]].get("value")
            value = "NULL" if value is None else "'%s'" % value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
            return "CAST(%s AS %s)" % (value, values[m[1]].get("type") or "STRING")

        sql = PIECE.sub(literal, self.request["statement"])
        sql = re.sub("(['`])/Volumes/", lambda m: m[1] + VOLUMES + "/", sql)
        if "information_schema" in sql:
            catalog = session._jsparkSession.sessionState().catalog()
            databases = [str(d) for d in jvm_list(catalog.listDatabases())]
            tables = [("spark_catalog", d, str(t.table()), str(catalog.getTableMetadata(t).tableType().name())) for d in databases for t in jvm_list(catalog.listTables(d, "*", False))]
            session.createDataFrame(tables, "table_catalog string, table_schema string, table_name string, table_type string").createTempView("_tables")
            session.createDataFrame([("spark_catalog", d) for d in databases], "catalog_name string, schema_name string").createTempView("_schemata")
            sql = re.sub(r"(`?\w+`?\.)?information_schema\.(tables|schemata)", r"_\2", sql)
        return sql

    def written(self, session):
        """How many rows a statement wrote, by Delta's own log: Databricks says so in a result that open Spark lacks."""
        found = WRITES.match(self.request["statement"])
        if not found:
            return None
        where = session.sql("DESCRIBE DETAIL " + found[1]).collect()[0]["location"]
        for name in sorted(glob.glob(glob.escape(unquote(urlsplit(where).path)) + "/_delta_log/*.json"), reverse=True):
            for line in open(name):
                info = json.loads(line).get("commitInfo")
                if info and info.get("userMetadata") == self.id:
                    return int(info.get("operationMetrics", {}).get("numOutputRows", 0))
        return 0

    def keep(self, columns, table):
        self.columns = columns
        if table is None:
            return
        chunks = [table.slice(at, CHUNK) for at in range(0, table.num_rows, CHUNK)] or [table]
        if self.request["disposition"] == "INLINE":
            if table.nbytes > INLINE:
                raise Refused(200, "BAD_REQUEST", "Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most 26214400 bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the full result.")
            self.chunks = [(c.num_rows, [list(row) for row in zip(*[[text(v) for v in col.to_pylist()] for col in c.columns])]) for c in chunks]
            return
        for c in chunks:
            out = io.BytesIO()
            with pyarrow.ipc.new_stream(out, c.schema) as w:
                w.write_table(c)
            self.chunks.append((c.num_rows, out.getvalue()))

    def cancel(self):
        def insist():  # a job may only be about to begin
            while not self.ended.wait(0.05):
                spark.sparkContext.cancelJobGroup(self.id)
        self.canceled = True
        threading.Thread(target=insist, daemon=True).start()

    def share(self, i):
        out = {"chunk_index": i, "row_offset": sum(n for n, _ in self.chunks[:i]), "row_count": self.chunks[i][0]}
        if self.request["disposition"] != "INLINE":
            out["byte_count"] = len(self.chunks[i][1])
        return out

    def chunk(self, i):
        if not 0 <= i < len(self.chunks):
            raise Refused(404, "NOT_FOUND", "There is no chunk %d." % i)
        out = self.share(i)
        if i + 1 < len(self.chunks):
            out["next_chunk_index"] = i + 1
            out["next_chunk_internal_link"] = "/api/2.0/sql/statements/%s/result/chunks/%d?row_offset=%d" % (self.id, i + 1, out["row_offset"] + out["row_count"])
        if self.request["disposition"] == "INLINE":
            return dict(out, data_array=self.chunks[i][1])
        ends = int(time.time()) + 900
        at = "/%s/%d?ends=%d" % (self.id, i, ends)
        link = "http://127.0.0.1:%d%s&sig=%s" % (options.storage, at, signature(at))
        return {"external_links": [dict(out, external_link=link, expiration=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(ends)))]}

    def answer(self):
        status = {"state": self.state}
        if self.error:
            status.update(error=self.error, **({"sql_state": self.sql_state} if self.sql_state else {}))
        out = {"statement_id": self.id, "status": status}
        if self.state == "SUCCEEDED":
            shares = [self.share(i) for i in range(len(self.chunks))]
            out["manifest"] = {
                "format": self.request["format"], "schema": {"column_count": len(self.columns), "columns": self.columns}, "truncated": False,
                "total_chunk_count": len(shares), "chunks": shares, "total_row_count": sum(s["row_count"] for s in shares),
            }
            if self.request["disposition"] != "INLINE":
                out["manifest"]["total_byte_count"] = sum(s["byte_count"] for s in shares)
            out["result"] = self.chunk(0) if self.chunks else {}
        return out


def jvm_list(seq):
    return [seq.apply(i) for i in range(seq.size())]


SECRET = secrets.token_hex()


def signature(at):
    return hashlib.sha256((SECRET + at).encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.route(urlsplit(self.path), body)
        except Refused as e:
            self.answer(e.status, {"error_code": e.code, "message": e.message})
        except (BrokenPipeError, ConnectionResetError):
            pass

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any


class Storage(Handler):
    """Where links lead: their signature is the only credential that is taken."""

    def route(self, at, _):
        signed, _, sig = self.path.rpartition("&sig=")
        if self.headers.get("Authorization"):
            return self.answer(400, b"Only one auth mechanism allowed", "text/plain")
        if sig != signature(signed) or int(parse_qs(at.query)["ends"][0]) < time.time():
            return self.answer(403, b"Request has expired", "text/plain")
        _, statement, i = at.path.split("/")
        self.answer(200, statements[statement].chunks[int(i)][1], "application/vnd.apache.arrow.stream")


class API(Handler):
    def route(self, at, body):
        path = at.path.rstrip("/")
        here = "http://127.0.0.1:%d" % options.port
        if path == "/.well-known/databricks-config":
            return self.answer(200, {"oidc_endpoint": here + "/oidc", "workspace_id": "1"})
        if path == "/oidc/.well-known/oauth-authorization-server":
            return self.answer(200, {"issuer": here + "/oidc", "token_endpoint": here + "/oidc/v1/token", "authorization_endpoint": here + "/oidc/v1/authorize"})
        if path == "/oidc/v1/token":
            return self.token({k: v[0] for k, v in parse_qs(body.decode()).items()})
        self.known()
        found = re.fullmatch(r"/api/2\.0/sql/statements(?:/([\w-]+)(/cancel|/result/chunks/(\d+))?)?", path)
        if path.startswith("/api/2.0/fs/files/Volumes/"):
            return self.file(os.path.normpath(VOLUMES + unquote(path[len("/api/2.0/fs/files/Volumes"):])), parse_qs(at.query), body)
        if path.startswith("/api/2.0/fs/directories/Volumes/"):
            names = sorted(glob.glob(glob.escape(os.path.normpath(VOLUMES + unquote(path[len("/api/2.0/fs/directories/Volumes"):]))) + "/*"))
            return self.answer(200, {"contents": [{"name": os.path.basename(n), "is_directory": os.path.isdir(n)} for n in names]})
        if path == "/api/2.0/sql/warehouses/eddy":
            return self.answer(200, {"id": "eddy", "name": "eddy", "state": "RUNNING", "cluster_size": "2X-Small"})
        if path == "/api/2.0/sql/history/queries":
            return self.answer(200, {"res": heard})
        if found and not found[1] and self.command == "POST":
            return self.submit(json.loads(body))
        if not found or not found[1]:
            raise Refused(404, "ENDPOINT_NOT_FOUND", "No API found for '%s %s'" % (self.command, path))
        statement = statements.get(found[1])
        if not statement:
            raise Refused(404, "NOT_FOUND", "The statement %s was not found." % found[1])
        if found[2] == "/cancel":
            statement.cancel()
            return self.answer(200, {})
        if found[3]:
            return self.answer(200, statement.chunk(int(found[3])))
        self.answer(200, statement.answer())

    def known(self):
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if kind != "Bearer" or not token:
            raise Refused(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.")
        if token not in TOKENS:
            raise Refused(403, "PERMISSION_DENIED", "Invalid access token.")

    def token(self, form):
        who = (form.get("client_id"), form.get("client_secret"))
        if (self.headers.get("Authorization") or "").startswith("Basic "):
            who = tuple(base64.b64decode(self.headers["Authorization"][6:]).decode().split(":", 1))
        # RFC 6749 has both encoded as in a form, which not all clients do.
        machine = form.get("grant_type") == "client_credentials" and who in (("eddy", "open sesame"), ("eddy", "open+sesame"))
        workload = form.get("grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange" and form.get("subject_token_type") == "urn:ietf:params:oauth:token-type:jwt" and form.get("subject_token") == "workload"
        if not machine and not workload:
            return self.answer(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if form.get("scope") != "all-apis":
            return self.answer(400, {"error": "invalid_scope"})
        token = secrets.token_urlsafe(32)
        TOKENS.add(token)
        self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "all-apis"})

    def submit(self, request):
        request = {"format": "JSON_ARRAY", "disposition": "INLINE", "wait_timeout": "10s", **request}
        wait = re.fullmatch(r"(\d+)s", request["wait_timeout"])
        if request.get("warehouse_id") != "eddy":
            raise Refused(400, "INVALID_PARAMETER_VALUE", "%s is not a valid endpoint id." % request.get("warehouse_id"))
        if len(request.get("statement", "").encode()) > 16 << 20:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "The statement is larger than 16 MiB.")
        if (request["format"], request["disposition"]) not in (("JSON_ARRAY", "INLINE"), ("ARROW_STREAM", "EXTERNAL_LINKS")):
            raise Refused(400, "INVALID_PARAMETER_VALUE", "The format field must be JSON_ARRAY when the disposition field is INLINE.")
        if not wait or int(wait[1]) and not 5 <= int(wait[1]) <= 50:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "wait_timeout must be 0s, or from 5s to 50s.")
        statement = Statement(request)
        with lock:
            if request.get("query_tags"):
                values = ["-- :%s is %s\n" % (p["name"], p["value"]) for p in request.get("parameters") or []]
                heard.append({"schema": request.get("schema", ""), "query_text": "".join(values) + request["statement"]})
            statements[statement.id] = statement
            for old in [k for k, s in statements.items() if s.ended.is_set()][:-50]:
                del statements[old]
        threading.Thread(target=inheritable_thread_target(statement.run), daemon=True).start()
        statement.ended.wait(int(wait[1]))
        self.answer(200, statement.answer())

    def file(self, path, query, body):
        if not path.startswith(VOLUMES + "/"):
            raise Refused(400, "BAD_REQUEST", "The path leads out of the volumes.")
        if self.command == "PUT":
            if os.path.exists(path) and query.get("overwrite") != ["true"]:
                raise Refused(409, "ALREADY_EXISTS", "The file being created already exists.")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(body)
            return self.answer(204)
        if not os.path.isfile(path):
            raise Refused(404, "NOT_FOUND", "The file being accessed is not found.")
        if self.command == "DELETE":
            os.remove(path)
            return self.answer(204)
        with open(path, "rb") as f:
            self.answer(200, f.read(), "application/octet-stream")


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
threading.Thread(target=Server(("127.0.0.1", options.storage), Storage).serve_forever, daemon=True).start()
spark.sql("SELECT 1").collect()  # the first statement takes seconds
Server(("127.0.0.1", options.port), API).serve_forever()
