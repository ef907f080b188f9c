"""Runs fakesnow, which is DuckDB behind Snowflake's protocol, with what the service itself checks.

usage: server.py DIR PORT

fakesnow lets everybody in, runs several statements at once, and stops none. Here

- log-ins are checked: the password "open sesame", key pairs of DIR/key.pub, the programmatic
  access token "pat-open-sesame", the OAuth token "oauth-open-sesame", and OIDC tokens of the
  subject "eddy"; the client must not have looked at its machine for a cloud, nor loaded its core;
- a request is one statement, unless it says how many;
- an abort stops the statement, and so does STATEMENT_TIMEOUT_IN_SECONDS of the session;
- ALTER SESSION sets what it says, and USE and transactions stay the session's own;
- COPY reads files as texts;
- errors of DuckDB have Snowflake's numbers, and those of the SQL say as Snowflake does where they
  are; two writers at once are one after the other.

GET /eddy/statements lists what was run, with user and query tag; GET /eddy/logins what clients
said of themselves.
"""
import asyncio
import gzip
import json
import re
import sys
import time

import duckdb
import jwt
import snowflake.connector.errors as errors
import uvicorn
from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.tokens import TokenType
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

import fakesnow.copy_into
import fakesnow.cursor
import fakesnow.server

fake = sys.modules["fakesnow.server"]  # the package has a function of this name
folder = ""
settings = {}  # of each session, by its token
users, databases = {}, {}
running = {}  # the DuckDB connection of each request, and why it was stopped
turns = {}  # one statement at a time in a session
statements, logins = [], []


def refusal(code, state, message):
    return JSONResponse({"data": {"errorCode": code, "sqlState": state}, "code": code, "message": message, "success": False})


async def body_of(request):
    body = await request.body()
    return json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)


def let_in(data):
    """None, or why the user is not let in, as code and message."""
    how = (data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
    if how == "SNOWFLAKE_JWT":
        try:
            key = open(folder + "/key.pub", encoding="ascii").read()
            claims = jwt.decode(data["TOKEN"], key, algorithms=["RS256"], options={"verify_aud": False})
            data["LOGIN_NAME"] = claims["sub"].split(".")[-1]  # the client sends none
            return None
        except (jwt.PyJWTError, KeyError):
            return "390144", "JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]"
    if how == "PROGRAMMATIC_ACCESS_TOKEN":
        return None if data.get("TOKEN") == "pat-open-sesame" else ("394400", "Programmatic access token is invalid.")
    if how == "OAUTH":
        return None if data.get("TOKEN") == "oauth-open-sesame" else ("390303", "Invalid OAuth access token. [0ce9eb56]")
    if how == "WORKLOAD_IDENTITY":
        claims = jwt.decode(data["TOKEN"], options={"verify_signature": False})
        data["LOGIN_NAME"] = claims["sub"]
        return None if claims["sub"] == "eddy" else ("390100", "Incorrect username or password was specified.")
    right = how == "SNOWFLAKE" and data.get("PASSWORD") == "open sesame"
    return None if right else ("390100", "Incorrect username or password was specified.")


async def login(request):
    data = (await body_of(request))["data"]
    if refused := let_in(data):
        return refusal(refused[0], "08001", refused[1])
    for name, code in (("roleName", "390189"), ("warehouse", "390201"), ("databaseName", "390201")):
        if request.query_params.get(name, "").upper().strip('"') == "NOWHERE":
            return refusal(code, "08001", "The requested %s does not exist or not authorized." % name)
    answer = await fake.login_request(request)
    token = json.loads(answer.body)["data"]["token"]
    settings[token] = {k.upper(): v for k, v in data.get("SESSION_PARAMETERS", {}).items()}
    users[token], databases[token] = data.get("LOGIN_NAME", ""), request.query_params.get("databaseName", "")
    logins.append({"environment": data.get("CLIENT_ENVIRONMENT"), "settings": settings[token]})
    return answer


def count(sql):
    n, inside = 0, False
    for token in Snowflake().tokenize(sql):
        if token.token_type == TokenType.SEMICOLON:
            inside = False
        elif not inside:
            n, inside = n + 1, True
    return n


SET = re.compile(r"\s*(?:/\*.*?\*/\s*)*(?:ALTER\s+SESSION\s+SET\s+(.*)|USE\s+SECONDARY\s+ROLES\s+NONE)", re.I | re.S)
TIMES = re.compile(r"\bTO_TIMESTAMP_TZ\((\w+\.\w+)\)", re.I)  # fakesnow has it of literals alone
PAIR = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*'|[\w.-]+)\s*,?\s*")


async def query(request):
    try:
        token = fake.to_token(request)
        session = fake.to_conn(token)
    except fake.ServerError:
        return await fake.query_request(request)
    body = await body_of(request)
    sql, own = body["sqlText"], settings[token]
    asked = {k.upper(): v for k, v in (body.get("parameters") or {}).items()}
    statements.append({"user": users[token], "database": databases[token], "tag": asked.get("QUERY_TAG") or own.get("QUERY_TAG") or "", "describe": bool(body.get("describeOnly")), "sql": sql})
    try:
        n = count(sql)
    except Exception:  # fakesnow says what is wrong with it
        n = 1
    want = int(asked.get("MULTI_STATEMENT_COUNT", 1))
    if n != want and want != 0:
        return refusal("000008", "0A000", "Actual statement count %d did not match the desired statement count %d." % (n, want))
    if m := SET.match(sql):
        for name, value in PAIR.findall(m[1] or ""):
            own[name.upper()] = value.strip("'").replace("''", "'")
        body["sqlText"] = "SELECT 'Statement executed successfully.' AS \"status\""
    else:
        body["sqlText"] = TIMES.sub(r"CAST(\1 AS TIMESTAMP_TZ)", sql)
    if body["sqlText"] != sql:
        text = json.dumps(body).encode()
        request._body = gzip.compress(text) if request.headers.get("Content-Encoding") == "gzip" else text
    why = {"stopped": None}
    async with turns.setdefault(token, asyncio.Lock()):
        running[request.query_params.get("requestId", "")] = session._duck_conn, why
        limit = float(own.get("STATEMENT_TIMEOUT_IN_SECONDS") or 0)
        timer = asyncio.create_task(late(limit, session._duck_conn, why)) if limit else None
        try:
            answer = await fake.query_request(request)
        finally:
            running.pop(request.query_params.get("requestId", ""), None)
            if timer:
                timer.cancel()
    if why["stopped"] == "late":
        return refusal("000630", "57014", "Statement reached its statement or warehouse timeout of %d second(s) and was canceled." % limit)
    if why["stopped"] == "abort":
        return refusal("000604", "57014", "SQL execution canceled")
    if answer.status_code == 500:  # the client would try it again for minutes
        return refusal("000002", "0A000", "Unsupported feature 'of fakesnow: %s'." % sql[:200])
    # sqlglot has read to the end of the word, and counts columns from 1.
    if m := re.search(rb"Line (\d+), Col: (\d+)", answer.body):
        return refusal("001003", "42000", "SQL compilation error:\nsyntax error line %d at position %d: %s" % (int(m[1]), int(m[2]) - 1, sql[:200]))
    return answer


async def late(seconds, connection, why):
    await asyncio.sleep(seconds)
    why["stopped"] = "late"
    connection.interrupt()


async def abort(request):
    if hit := running.get((await body_of(request)).get("requestId", "")):
        hit[1]["stopped"] = "abort"
        hit[0].interrupt()
    return JSONResponse({"data": None, "success": True})


def one_after_the_other(execute):
    """Two writers of one table are a conflict to DuckDB; with Snowflake the second waits."""
    def run(self, *args, **kw):
        for turn in range(200):
            try:
                return execute(self, *args, **kw)
            except duckdb.TransactionException:
                time.sleep(min(0.01 * turn, 0.2))
            except (duckdb.ConversionException, duckdb.InvalidInputException) as e:
                raise errors.ProgrammingError(msg="%s" % e, errno=100038, sqlstate="22018")
            except duckdb.OutOfRangeException as e:
                raise errors.ProgrammingError(msg="%s" % e, errno=100046, sqlstate="22003")
            except duckdb.InterruptException:
                raise errors.ProgrammingError(msg="SQL execution canceled", errno=604, sqlstate="57014")
        raise errors.ProgrammingError(msg="fakesnow: writers in each other's way", errno=625, sqlstate="57014")
    return run


def as_texts(read):
    """What a file has are texts until they are a column's; DuckDB would guess what they are."""
    def expression(self, url):
        out = read(self, url)
        out.append("expressions", self.make_eq("all_varchar", True))
        return out
    return expression


def of_any_width(inserts):
    """DuckDB calls the columns of a file of more than ten column00, and fakesnow does not."""
    def run(*args, **kw):
        out = inserts(*args, **kw)
        for insert in out:
            columns = list(insert.expression.find_all(exp.Column))
            for column in columns:
                if m := re.fullmatch(r"column(\d+)", column.name):
                    column.set("this", exp.to_identifier("column" + m[1].zfill(len(str(len(columns) - 1)))))
        return out
    return run


def main():
    global folder
    folder = sys.argv[1]
    fakesnow.cursor.FakeSnowflakeCursor.execute = one_after_the_other(fakesnow.cursor.FakeSnowflakeCursor.execute)
    fakesnow.copy_into.ReadCSV.read_expression = as_texts(fakesnow.copy_into.ReadCSV.read_expression)
    fakesnow.copy_into._inserts = of_any_width(fakesnow.copy_into._inserts)
    mine = {"/session/v1/login-request": login, "/queries/v1/query-request": query, "/queries/v1/abort-request": abort}
    routes = [Route(r.path, mine.get(r.path, r.endpoint), methods=list(r.methods)) for r in fake.routes]
    routes += [Route("/eddy/statements", lambda _: JSONResponse(statements)), Route("/eddy/logins", lambda _: JSONResponse(logins))]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[2]), log_level="critical")


main()
