"""Runs local-bigquery on loopback, for the tests of Eddy.

usage: serve.py REST_PORT GRPC_PORT FOLDER
"""
import pathlib
import sys
import threading

import uvicorn
from local_bigquery.settings import settings

settings.bigquery_host = "127.0.0.1"
settings.bigquery_port = int(sys.argv[1])
settings.grpc_port = int(sys.argv[2])
settings.data_dir = pathlib.Path(sys.argv[3])
settings.default_project_id = "local"

from local_bigquery.app import app  # noqa: E402  it reads the settings
from local_bigquery.catalog import tables  # noqa: E402
from local_bigquery.grpc import server  # noqa: E402
from local_bigquery.jobs import query  # noqa: E402

# The rows that a query adds to a table are told by its plan, which the stand-in has none of.
added = threading.local()
materialise, statement = tables.results.materialise, query._statement


def counting(cur, sql, name, params=None, append=False, writer=None):
    materialise(cur, sql, name, params, append, writer)
    added.rows = (writer or cur).fetchone() if append else None


def planned(*args):
    added.rows = None
    statistics = statement(*args)
    if added.rows:
        stages = [
            {"id": "0", "recordsWritten": "1000000"},
            {"id": "1", "recordsWritten": str(added.rows[0]), "inputStages": ["0"]},
        ]
        statistics = statistics.replace(queryPlan=stages)
    return statistics


tables.results.materialise, query._statement = counting, planned


class Uploads:
    """Takes the parts of a large upload as Go's library sends them, which the real service does:
    by POST, each part that is not the last answered with 200 and the status in a header."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith("/upload/") or b"upload_id=" not in scope["query_string"]:
            return await self.app(scope, receive, send)
        asked = (b"x-guploader-no-308", b"yes") in scope["headers"]

        async def answer(message):
            if asked and message["type"] == "http.response.start" and message["status"] == 308:
                headers = [*message["headers"], (b"x-http-status-code-override", b"308")]
                message = {**message, "status": 200, "headers": headers}
            await send(message)

        await self.app({**scope, "method": "PUT"}, receive, answer)


storage, _ = server.start("127.0.0.1", settings.grpc_port)
uvicorn.run(Uploads(app), host="127.0.0.1", port=settings.bigquery_port, log_level="warning")
storage.stop(None)
