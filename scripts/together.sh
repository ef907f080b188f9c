#!/usr/bin/env bash
# Runs make targets side by side, for what waits more than it works. What each said is shown
# once it has ended; it fails if one of them failed.
set -uo pipefail

said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

declare -A running
for target in "$@"; do
	make --no-print-directory "$target" >"$said/$target" 2>&1 &
	running[$target]=$!
done
status=0
for target in "$@"; do
	wait "${running[$target]}" || status=1
	cat "$said/$target"
done
exit $status
