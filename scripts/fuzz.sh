#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other: go test takes
# one target of one package at a time. What is new is hardly made smaller: by default that
# takes up to a minute for each find.
set -euo pipefail

time=${1:-5000x}
grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | grep -v '^\./tools/' | sort |
	while IFS=: read -r file match; do
		target=${match#func }
		echo "fuzz ${file%/*} $target"
		go test "${file%/*}" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 50x </dev/null
	done
