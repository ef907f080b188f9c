#!/usr/bin/env bash
# snowflake.sh get                installs fakesnow from PyPI, in a place of its own
# snowflake.sh start DIR PORT     starts it on a port of loopback, in the foreground
# snowflake.sh check FILE...      reads statements by Snowflake's grammar (sqlfluff), and lists what is wrong
#
# Snowflake itself runs nowhere else: this is DuckDB behind its protocol, which server.py makes
# check what the service checks. DIR/key.p8 is the user's key, and server.py says what else lets in.
set -euo pipefail

layout=1 # raise it when what is installed changes
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/snowflake
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/snowflake
# What is installed has paths in it, so that the folder is made in its place.
home=$cache/0.12.1-$layout

get() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  [[ ! -e $home/done ]] || return 0
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
  touch "$home/done"
}

start() {
  local dir=$1 port=$2
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/key.p8"
  openssl pkey -in "$dir/key.p8" -pubout -out "$dir/key.pub"
  exec "$home/bin/python" "$here/server.py" "$dir" "$port"
}

case ${1:-} in
get) get ;;
start) shift && start "$@" ;;
check) shift && get && exec "$home/bin/python" "$here/check.py" "$@" ;;
*) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" && exit 2 ;;
esac
