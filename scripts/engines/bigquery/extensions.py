"""Puts extensions of DuckDB, which come as packages of Python, where it looks for them.

usage: extensions.py NAME ...
"""
import gzip
import pathlib
import shutil
import site
import sys

import duckdb

db = duckdb.connect()
platform = db.execute("PRAGMA platform").fetchone()[0]
folder = pathlib.Path.home() / ".duckdb" / "extensions" / ("v" + duckdb.__version__) / platform
folder.mkdir(parents=True, exist_ok=True)
for name in sys.argv[1:]:
    found = [f for s in site.getsitepackages() for f in pathlib.Path(s).glob(f"**/{name}.duckdb_extension*")]
    if not found:
        sys.exit(f"no package has the extension {name}")
    file = found[0]
    with (gzip.open(file) if file.suffix == ".gz" else open(file, "rb")) as packed:
        with open(folder / (name + ".duckdb_extension"), "wb") as out:
            shutil.copyfileobj(packed, out)
    db.execute(f"LOAD {name}")
