#!/usr/bin/env bash
# Runs the suites of a source, of an engine, random worlds and a warehouse that strikes on somebody's
# own account, in places that they make and drop, and leaves the report in NAME-report.txt.
#
#   EDDY_TEST_SNOWFLAKE='account=myorg-shop,user=EDDY,...' account.sh snowflake
#
# docs/warehouses says for each what its variable holds, what the role needs, and what it costs. Values
# of the variable are taken out of the report, and out of what is shown.
set -euo pipefail
cd "$(dirname "$0")/../.."

suites() {
	go test -count=1 -timeout 2h -parallel 4 "./warehouse/$1" -run '^(TestSource|TestEngine)' || failed=1
	go test -count=1 -timeout 4h -parallel 4 ./sync -run "(AudienceIsTheTruth|EverySpite)/^$1" -rapid.checks=2 || failed=1
	return "${failed:-0}"
}

# hidden reads lines, and writes them without the values of the options, and without the password of
# one that is a URL.
hidden() {
	local line one value values=()
	while IFS= read -r -d , one; do
		value=${one#*=}
		values+=("$value")
		[[ $value =~ ://[^:@/]*:([^@/]*)@ ]] && values+=("${BASH_REMATCH[1]}")
	done <<<"$1,"
	while IFS= read -r line || [ -n "$line" ]; do
		for value in "${values[@]}"; do
			[ -z "$value" ] || line=${line//"$value"/…}
		done
		printf '%s\n' "$line"
	done
}

for name in "$@"; do
	variable=EDDY_TEST_${name^^}
	options=${!variable:-}
	if [ -z "$options" ]; then
		echo "account.sh: $variable is not set; docs/warehouses/$name.md says what it holds" >&2
		exit 2
	fi
	{
		echo "Eddy $(git describe --always --dirty 2>/dev/null || echo unknown) on $name, $(date -u +%FT%TZ), $(go version)"
		suites "$name"
	} 2>&1 | hidden "$options" | tee "$name-report.txt"
done
