"""Runs ClickHouse from its library, with its native and HTTP listeners on loopback.

usage: clickhouse.py LIBRARY DIR NATIVE_PORT HTTP_PORT PAGE

The library has all of the program "clickhouse local", which knows SYSTEM START LISTEN. Users
stand in a file, because that program has no other place for them: "admin" may do everything, and
those that PAGE, the page of the documentation, makes have the grants that it gives them.
Passwords are the names.
"""
import ctypes
import re
import signal
import sys
from xml.sax.saxutils import escape

CONFIG = """<clickhouse>
  <logger><level>none</level></logger>
  <listen_host>127.0.0.1</listen_host>
  <users_config>users.xml</users_config>
  <max_server_memory_usage>4000000000</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
</clickhouse>
"""

USER = """<{name}><password>{name}</password><networks><ip>127.0.0.1</ip></networks>
<profile>{profile}</profile><quota>default</quota>{more}</{name}>
"""

# A query that nobody stops keeps the program running.
RUN = """SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP;
SELECT sleepEachRow(1) FROM system.numbers FORMAT Null
SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1"""


def users(page):
    """The users that the page makes, each with the grants that it gives them."""
    text = open(page, encoding="utf-8").read()
    grants = {name: [] for name in re.findall(r"^CREATE USER (\w+) ", text, re.M)}
    for grant, name in re.findall(r"^(GRANT [^;]*?)\s+TO (\w+);", text, re.M):
        grants[name].append(" ".join(grant.split()))
    out = USER.format(name="admin", profile="default", more="<access_management>1</access_management>")
    out += USER.format(name="strict", profile="readonly", more="")
    for name, list_ in grants.items():
        more = "".join("<query>%s</query>" % escape(g) for g in list_)
        out += USER.format(name=name, profile="default", more="<grants>%s</grants>" % more)
    # The program itself runs as the user "default".
    out += USER.format(name="default", profile="default", more="").replace("<password>default", "<password>")
    return out


def main():
    library, folder, native, http, page = sys.argv[1:]
    with open(folder + "/config.xml", "w", encoding="utf-8") as f:
        f.write(CONFIG)
    with open(folder + "/users.xml", "w", encoding="utf-8") as f:
        f.write("<clickhouse><profiles><default><union_default_mode>DISTINCT</union_default_mode></default><readonly><readonly>1</readonly></readonly></profiles><quotas><default/></quotas><users>%s</users></clickhouse>" % users(page))
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, signal.SIG_DFL)
    run = ctypes.CDLL(library).chdb_query_cmdline
    run.restype, run.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    args = ["clickhouse", "--path=" + folder + "/data", "--config-file=config.xml", "--tcp_port=" + native, "--http_port=" + http, "--query", RUN]
    run(len(args), (ctypes.c_char_p * len(args))(*(a.encode() for a in args)))
    sys.exit("the server ended")


main()
