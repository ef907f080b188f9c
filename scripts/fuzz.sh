#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other. Each package's
# tests are built once: go test would link them again for each target. What is new is hardly
# made smaller: by default that takes up to a minute for each find.
set -euo pipefail

time=${1:-5000x}
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
cache=$(go env GOCACHE)/fuzz/$(go list -m)

grep -rEl --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | grep -v '^\./tools/' | xargs -n1 dirname | sort -u |
	while read -r package; do
		# Built to fuzz: without -fuzz a test has no eyes for where its inputs lead.
		go test -c -fuzz . -o "$bin/fuzz.test" "$package"
		cat "$package"/*_test.go | sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' | sort |
			while read -r target; do
				echo "fuzz $package $target"
				(cd "$package" && "$bin/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" \
					-test.fuzzminimizetime 50x -test.fuzzcachedir "$cache/$package" </dev/null)
			done
	done
