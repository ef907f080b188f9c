#!/usr/bin/env bash
# Installs what is missing on a Debian machine that has Go and gcc.
#
#   setup.sh build   what Eddy needs to build: DuckDB is C++, so it links libstdc++
#   setup.sh test    also what the tests need: the servers of PostgreSQL and MariaDB, and pgbouncer,
#                    which tests start themselves, two OAuth libraries that judge the sandbox, and Chromium,
#                    which walks the web page
set -euo pipefail

what=${1:?usage: setup.sh build|test}
packages=()

need() { # package, command that succeeds when it is there
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || packages+=("$package")
}

libstdcxx() { test -e "$("${CXX:-g++}" -print-file-name=libstdc++.a)"; }
pooler() { PATH=$PATH:/usr/sbin command -v pgbouncer; }
mariadb() { PATH=$PATH:/usr/sbin command -v mariadbd && command -v mariadb-install-db; }
postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }

command -v go >/dev/null || { echo "setup: Go is missing; see https://go.dev/dl" >&2; exit 1; }
need g++ libstdcxx
if [ "$what" = test ]; then
	need postgresql postgres
	need pgbouncer pooler
	need mariadb-server-core mariadb
	need mariadb-client-core command -v my_print_defaults
	need openssl command -v openssl
	need python3-requests-oauthlib /usr/bin/python3 -c 'import requests_oauthlib'
	need npm command -v npm
	need chromium command -v chromium
	need ruby-oauth ruby -e 'require "oauth"'
fi
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || { echo "setup: install what Debian calls ${packages[*]}" >&2; exit 1; }
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Debian's packages would make and start servers of their own; nobody asked for one.
service=/etc/systemd/system/pgbouncer.service
if [[ " ${packages[*]} " == *" pgbouncer "* && -d ${service%/*} && ! -e $service ]]; then
	"${as_root[@]}" ln -s /dev/null "$service"
fi
config=/etc/postgresql-common/createcluster.conf
if [[ " ${packages[*]} " == *" postgresql "* && ! -e $config ]]; then
	"${as_root[@]}" mkdir -p "${config%/*}"
	echo 'create_main_cluster = false' | "${as_root[@]}" tee "$config" >/dev/null
fi

echo "setup: installing ${packages[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
	-o Dpkg::Options::=--force-confold "${packages[@]}"
