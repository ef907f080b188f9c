#!/usr/bin/env bash
# bigquery.sh get                     fetches a stand-in of BigQuery, local-bigquery, from PyPI
# bigquery.sh start DIR REST GRPC     starts it on two ports of loopback, in the foreground, with
#                                     its data in DIR: REST, and the Storage API. Nobody logs in.
#
# It needs a Python 3.13 to 3.15: EDDY_PYTHON, or the first of the PATH and of pyenv.
set -euo pipefail

layout=1 # raise it when requirements.txt changes, or what is laid out
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/bigquery
home=$cache/$layout

python() {
  local at
  for at in "${EDDY_PYTHON:-}" python3.13 python3.14 python3.15 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[345].*/bin/python3; do
    if [[ -n $at ]] && "$at" -c 'import sys, venv; sys.exit(not (3, 13) <= sys.version_info[:2] <= (3, 15))' 2>/dev/null; then
      echo "$at"
      return
    fi
  done
  echo "bigquery.sh: needs a Python 3.13, 3.14 or 3.15 with venv, which the PATH does not have; set EDDY_PYTHON to one" >&2
  return 1
}

get() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  [[ ! -d $home ]] || return 0
  local with new
  with=$(python)
  # An environment knows where it lies: it is made in its place, and begun anew unless it was finished.
  new=$cache/new
  rm -rf "$new"
  "$with" -m venv "$new"
  # Pinned as a whole: the newest DuckDB would fetch its extensions from elsewhere.
  "$new/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/bigquery/requirements.txt" >&2
  HOME=$new "$new/bin/python" "$here/bigquery/extensions.py" icu ducklake spatial >&2
  mv "$new" "$home"
}

start() {
  mkdir -p "$1/data"
  cd "$1"
  HOME=$home exec "$home/bin/python" "$here/bigquery/serve.py" "$2" "$3" "$1/data"
}

case ${1:-} in
get) get ;;
start) shift && start "$@" ;;
*) sed -n '2,6s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
