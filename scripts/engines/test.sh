#!/usr/bin/env bash
# Runs, for each engine that is named, the suites of its source and its engine, and the suites of
# runs on it: random worlds, and a warehouse that strikes. Two engines are tested side by side,
# because most servers use one core; what an engine's tests said is shown when they have ended.
#
#   test.sh ENGINE...
#
# A server that cannot be had is a failure; but MySQL's package comes from a suite of Debian that
# moves: without it there is a notice, and MariaDB stands for it. ClickHouse's server is made of its
# library, which ends itself now and then: its tests are tried a second time, with a notice.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# -gt 1 ]; then
	printf '%s\n' "$@" | xargs -P 2 -I{} sh -c 'said=$("$0" {} 2>&1); status=$?; printf "%s\n" "$said"; exit $status' scripts/engines/test.sh
	exit
fi

notice() { printf '\n%s\n\n' "NOTICE: $*" >&2; }

# suites runs what belongs to one engine: its packages, and how many worlds are told.
suites() {
	local engine=$1 worlds=$2 runs=$3
	shift 3
	EDDY_ENGINES=$engine go test -count=1 -timeout 40m -p 1 "$@" &&
		EDDY_ENGINES=$engine go test -count=1 -timeout 40m -parallel 4 ./sync -run "($runs)/^$engine" -rapid.checks="$worlds"
}

# spites are a fifth of the suite of spites; EDDY_ENGINES=ENGINE go test ./sync -run EverySpite has
# all of it.
spites() { EDDY_ENGINES=$1 go test -short -count=1 -timeout 40m ./sync -run "EverySpite/^$1\$"; }

# conditions are compared with an evaluation that knows no SQL; make test does so on DuckDB,
# PostgreSQL and MariaDB.
conditions() { EDDY_ENGINES=$1 go test -count=1 -timeout 40m ./where -run "/^$1\$" -rapid.checks=10; }

# histories are the ledger's on one engine; make test tells those on DuckDB and PostgreSQL.
histories() { EDDY_ENGINES=$1 go test -count=1 -timeout 40m ./ledger -run "/^$1\$"; }

all='AudienceIsTheTruth|EverySpite'
engine=$1
echo "engine $engine: $(date +%T)"
case $engine in
mariadb) suites mariadb 60 "$all" ./warehouse/mysql ;;
mysql)
	if scripts/engines/mysql.sh get; then
		suites mysql 60 "$all" ./warehouse/mysql
		conditions mysql
	else
		notice "MYSQL COULD NOT BE FETCHED AND IS NOT TESTED; MariaDB is"
	fi
	;;
redshift) suites redshift 60 "$all" ./warehouse/redshift && conditions redshift ;;
clickhouse)
	{ suites clickhouse 60 "$all" ./warehouse/clickhouse && histories clickhouse && conditions clickhouse; } || {
		notice "THE TESTS OF CLICKHOUSE FAILED ONCE, AND ARE TRIED AGAIN"
		suites clickhouse 60 "$all" ./warehouse/clickhouse
		histories clickhouse
		conditions clickhouse
	}
	;;
# A statement costs Trino 60 to 100 ms of CPU, waiting none, and a world has some 250 of them.
trino)
	suites trino 4 AudienceIsTheTruth ./warehouse/trino
	histories trino
	spites trino
	conditions trino
	;;
# A statement takes the stand-in some 50 ms of CPU, and a world has hundreds.
bigquery)
	suites bigquery 3 'AudienceIsTheTruth|StatementsAsTheyAreSent|ARunChangesATable' ./warehouse/bigquery
	histories bigquery
	spites bigquery
	conditions bigquery
	;;
# A statement takes Spark half a second and more. A world has some 250 of them, and the ledger's
# histories some 500: one of these is told, and no world. EDDY_ENGINES=databricks go test ./sync
# -run 'AudienceIsTheTruth/^databricks$' -rapid.checks=1 tells one, ./ledger all histories; a fifth of
# the suite of spites passed in half an hour.
databricks)
	EDDY_ENGINES=databricks go test -count=1 -timeout 40m -p 1 ./dbsql ./warehouse/databricks
	EDDY_ENGINES=databricks go test -count=1 -timeout 40m ./ledger -run 'StatementsAreCheckedIn/^databricks/^exceptions$'
	EDDY_ENGINES=databricks go test -count=1 -timeout 40m ./sync -run 'StatementsAsTheyAreSent/^databricks$'
	conditions databricks
	;;
# A statement takes fakesnow some 40 ms of CPU, nearly all of them for rewriting it.
snowflake)
	suites snowflake 3 'AudienceIsTheTruth|StatementsAsTheyAreSent' ./warehouse/snowflake
	histories snowflake
	spites snowflake
	conditions snowflake
	scripts/engines/snowflake.sh check ledger/testdata/snowflake/*.sql warehouse/snowflake/testdata/*.sql
	;;
*)
	echo "test.sh: no engine $engine" >&2
	exit 2
	;;
esac
echo "engine $engine ended: $(date +%T)"
