#!/usr/bin/env bash
# databricks.sh get                     fetches Spark, Delta and what they need, and lays it out
# databricks.sh start DIR PORT STORAGE  starts it behind the API of a SQL warehouse, on two ports of
#                                       loopback, in the foreground; the second is the storage of results
# databricks.sh check PORT              has the official SDK for Python talk to one that runs
#
# There is no Databricks to be had for this. What runs is Apache Spark with Delta tables, behind a
# server of the REST API that databricks.py implements; the page docs/warehouses/databricks.md says
# what is real and what is not. One user with the token "dapi-eddy", one service principal "eddy"
# with the secret "open sesame", and its federated token "workload".
set -euo pipefail

spark=4.1.4
layout=1 # raise it when what is laid out changes
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/databricks
home=$cache/$spark-$layout

# java17 prints the folder of a JDK 17, on which this Spark runs.
java17() {
  local at
  for at in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [[ -x $at/bin/java ]] && [[ $("$at/bin/java" -version 2>&1) == *'version "17'* ]]; then
      echo "$at"
      return
    fi
  done
  echo "databricks.sh: needs a Java 17; set JAVA_HOME to one" >&2
  return 1
}

# install installs packages of Debian, as root.
install() {
  local as=()
  [[ $(id -u) == 0 ]] || as=(sudo -n)
  "${as[@]}" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get -qq install --no-install-recommends "$@"
}

get() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  [[ ! -d $home ]] || return 0
  command -v mvn >/dev/null || install maven
  java17 >/dev/null 2>&1 || install openjdk-17-jre-headless
  JAVA_HOME=$(java17)
  export JAVA_HOME
  local new
  new=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT # a fetch that failed leaves nothing half
  # Scripts of a venv name its folder, which is about to move: only its interpreter is used.
  python3 -m venv "$new/venv"
  "$new/venv/bin/python" -m pip install -q --disable-pip-version-check -r "$here/databricks/requirements.txt" >&2
  mvn -q -B -f "$here/databricks/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies -DoutputDirectory="$new/jars" >&2
  mv "$new" "$home"
  trap - EXIT
}

start() {
  JAVA_HOME=$(java17)
  export JAVA_HOME
  cd "$1"
  exec "$home/venv/bin/python" "$here/databricks.py" --jars "$home/jars" --dir "$PWD" --port "$2" --storage "$3"
}

case ${1:-} in
get) get ;;
start) start "$2" "$3" "$4" ;;
check) exec "$home/venv/bin/python" "$here/databricks/official.py" "$2" ;;
*) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
