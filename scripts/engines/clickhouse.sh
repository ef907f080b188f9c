#!/usr/bin/env bash
# ClickHouse for tests. There is no package of its server for this: what runs is the whole
# engine as a library, with the server's own native and HTTP listeners.
#   clickhouse.sh get                             fetch what is missing
#   clickhouse.sh start DIR NATIVE_PORT HTTP_PORT run it, in the foreground, with data in DIR
# The version is pinned: listeners that SQL starts are new, and later versions may not have them.
set -euo pipefail

VERSION=26.7.3-stable.1
PACKAGE=@chdb/lib-linux-x64-gnu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/clickhouse
library=$cache/$VERSION/node_modules/$PACKAGE/libchdb.so

get() {
  [ -f "$library" ] && return
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  [ -f "$library" ] && return
  new=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT # a fetch that failed leaves nothing half
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$new" "$PACKAGE@$VERSION" >&2
  [ -f "$new/node_modules/$PACKAGE/libchdb.so" ] || { echo "clickhouse.sh: $PACKAGE $VERSION has no libchdb.so" >&2; exit 1; }
  rm -rf "${cache:?}/$VERSION"
  mv "$new" "$cache/$VERSION"
}

start() {
  mkdir -p "$1"
  cd "$1"
  # What an earlier start left cannot be attached again as a whole.
  rm -rf data
  exec python3 "$here/clickhouse.py" "$library" "$PWD" "$2" "$3" "$here/../../docs/warehouses/clickhouse.md"
}

case ${1:-} in
get) get ;;
start) start "$2" "$3" "$4" ;;
*) sed -n '2,7p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
