#!/usr/bin/env bash
# Runs, for each engine that is named, the suites of its source and its engine, and the suites of
# runs on it: random worlds, and a warehouse that strikes.
#
#   test.sh ENGINE...
#
# A server that cannot be had is a failure; but MySQL's package comes from a suite of Debian that
# moves: without it there is a notice, and MariaDB stands for it. ClickHouse's server is made of its
# library, which ends itself now and then: its tests are tried a second time, with a notice.
set -euo pipefail
cd "$(dirname "$0")/../.."

notice() { printf '\n%s\n\n' "NOTICE: $*" >&2; }

# suites runs what belongs to one engine: its packages, and how many worlds are told.
suites() {
	local engine=$1 worlds=$2 runs=$3
	shift 3
	EDDY_ENGINES=$engine go test -count=1 -timeout 20m -p 1 "$@" &&
		EDDY_ENGINES=$engine go test -count=1 -timeout 20m -parallel 4 ./sync -run "($runs)/^$engine" -rapid.checks="$worlds"
}

# histories are the ledger's on one engine; make test tells those on DuckDB and PostgreSQL.
histories() { EDDY_ENGINES=$1 go test -count=1 -timeout 20m ./ledger -run "/^$1\$"; }

all='AudienceIsTheTruth|EverySpite'
for engine in "$@"; do
	echo "engine $engine"
	case $engine in
	mariadb) suites mariadb 60 "$all" ./warehouse/mysql ;;
	mysql)
		if scripts/engines/mysql.sh get; then
			suites mysql 60 "$all" ./warehouse/mysql
		else
			notice "MYSQL COULD NOT BE FETCHED AND IS NOT TESTED; MariaDB is"
		fi
		;;
	redshift) suites redshift 60 "$all" ./warehouse/redshift ;;
	clickhouse)
		{ suites clickhouse 60 "$all" ./warehouse/clickhouse && histories clickhouse; } || {
			notice "THE TESTS OF CLICKHOUSE FAILED ONCE, AND ARE TRIED AGAIN"
			suites clickhouse 60 "$all" ./warehouse/clickhouse
			histories clickhouse
		}
		;;
	# A statement costs Trino 60 to 100 ms of CPU, waiting none, and a world has some 250 of them.
	trino)
		suites trino 8 "$all" ./warehouse/trino
		histories trino
		;;
	# A statement takes the stand-in some 50 ms of CPU, and a world has hundreds.
	bigquery)
		suites bigquery 3 'AudienceIsTheTruth|StatementsAsTheyAreSent|ARunChangesATable' ./warehouse/bigquery
		histories bigquery
		;;
	# A statement takes Spark half a second and more. A world has some 250 of them, and the ledger's
	# histories some 500: one of these is told, and no world. EDDY_ENGINES=databricks go test ./sync
	# -run 'AudienceIsTheTruth/^databricks$' -rapid.checks=1 tells one, ./ledger all histories.
	databricks)
		EDDY_ENGINES=databricks go test -count=1 -timeout 20m -p 1 ./dbsql ./warehouse/databricks
		EDDY_ENGINES=databricks go test -count=1 -timeout 20m ./ledger -run 'StatementsAreCheckedIn/^databricks/^exceptions$'
		EDDY_ENGINES=databricks go test -count=1 -timeout 20m ./sync -run 'StatementsAsTheyAreSent/^databricks$'
		;;
	# A statement takes fakesnow some 40 ms of CPU, nearly all of them for rewriting it: the suite of
	# spites takes three to five minutes, and is left to whoever names it.
	snowflake)
		suites snowflake 3 'AudienceIsTheTruth|StatementsAsTheyAreSent' ./warehouse/snowflake
		histories snowflake
		scripts/engines/snowflake.sh check ledger/testdata/snowflake/*.sql warehouse/snowflake/testdata/*.sql
		;;
	*)
		echo "test.sh: no engine $engine" >&2
		exit 2
		;;
	esac
done
