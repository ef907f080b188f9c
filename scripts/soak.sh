#!/usr/bin/env bash
# Runs random worlds of the property tests, in batches with a seed each, until as many were
# made as asked for or the time is up. A line after each batch says how far it is.
#
#   soak.sh WORLDS [SECONDS]
#
# A batch that fails shows its story and ends the soak. Its seed makes it again:
#   go test ./sync -run TestAudienceIsTheTruth -rapid.seed=SEED -rapid.checks=CHECKS
set -euo pipefail

worlds=${1:-20000}
seconds=${2:-0}
checks=${SOAK_BATCH:-167} # on each of the three places of the state: some 500 a batch
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT

go test -c -o "$bin/sync.test" ./sync
cd sync
seed=${SOAK_SEED:-$(date +%s)}
made=0
while ((made < worlds)) && ((seconds == 0 || SECONDS < seconds)); do
	left=$(((worlds - made + 2) / 3))
	((checks <= left)) || checks=$left
	if ! "$bin/sync.test" -test.run TestAudienceIsTheTruth -test.timeout 24h -rapid.seed="$seed" -rapid.checks="$checks" >"$bin/log" 2>&1; then
		cat "$bin/log"
		echo "soak: failed with seed $seed and $checks checks, after $made worlds in $SECONDS s"
		exit 1
	fi
	made=$((made + 3 * checks))
	echo "soak: $made worlds in $SECONDS s, last seed $seed with $checks checks"
	# rapid walks from a seed by the sum of 0 to CHECKS: the next batch begins far from there.
	seed=$((seed + 1000003))
done
echo "soak: passed, $made worlds in $SECONDS s"
