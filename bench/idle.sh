#!/usr/bin/env bash
# Measures what a server with 100 scheduled connections on SQLite takes while nothing is
# due: memory and share of a core over SECONDS (60), before and after one run of each of
# RUNS (4) connections. Part of the memory are pages of the program's file that were used,
# which the system takes back when it needs them; the rest is the server's own.
#
#   bench/idle.sh [SECONDS] [RUNS]
set -euo pipefail

seconds=${1:-60}
runs=${2:-4}
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d)
server='' box=''
trap 'kill $server $box 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

eddy=${EDDY:-$root/bin/eddy} # EDDY names a program that is built already
[ -n "${EDDY:-}" ] || make -s -C "$root" build
cd "$dir"
for i in $(seq 1 2000); do echo "$i,user$i@example.com"; done | sed '1i id,email' >people.csv
"$eddy" sandbox --listen 127.0.0.1:0 >box.log 2>&1 &
box=$!
"$eddy" serve --listen 127.0.0.1:0 --state-dir "$dir/state" >serve.log 2>serve.err &
server=$!

# address FILE waits for the address that a process prints, the first on its line.
address() {
	for _ in $(seq 1 100); do
		sed -n -E '/^[^:]*(http:\/\/127\.0\.0\.1:[0-9]+).*/{s//\1/p;q}' "$1" | grep . && return
		sleep 0.1
	done
	echo "no address in $1" >&2
	cat "$1" serve.err >&2
	exit 1
}
api=$(address box.log)
url=$(address serve.log)

{
	echo "sources: {s: {type: duckdb, files: [$dir]}}"
	echo "destinations: {x: {type: x_audience, account_id: 18ce54d4x5t, consumer_key: ck, consumer_secret: cs, access_token: at, access_token_secret: ats, api_url: $api}}"
	echo "connections:"
	for i in $(seq 1 100); do
		echo "  c$i: {source: s, table: $dir/people.csv, destination: x, audience: {create: {name: A$i}}, identifier: id, mapping: {email: email}, schedule: {type: basic, every: 24h}}"
	done
} >eddy.yaml
"$eddy" user add --role admin bench@example.com --state-dir "$dir/state" >/dev/null </dev/null
EDDY_TOKEN=$("$eddy" user token bench@example.com --state-dir "$dir/state")
export EDDY_TOKEN
"$eddy" apply -f eddy.yaml --server "$url" >/dev/null

# ticks is the processor time that the server has used, in hundredths of a second.
ticks() { awk '{print $14 + $15}' "/proc/$server/stat"; }
measure() {
	sleep 5 # what was asked of it is over
	local before after rss own
	before=$(ticks)
	sleep "$seconds"
	after=$(ticks)
	rss=$(awk '/^VmRSS/ {print $2}' "/proc/$server/status")
	own=$(awk '/^RssAnon/ {print $2}' "/proc/$server/status")
	awk -v what="$1" -v rss="$rss" -v own="$own" -v t=$((after - before)) -v s="$seconds" -v hz="$(getconf CLK_TCK)" \
		'BEGIN {printf "%-22s %6.1f MiB, %5.1f its own  %5.2f %% of a core over %d s\n", what, rss / 1024, own / 1024, 100 * t / hz / s, s}'
}

measure 'idle'
for i in $(seq 1 "$runs"); do
	"$eddy" sync "c$i" --server "$url" >/dev/null 2>&1
done
measure "idle after $runs runs"
