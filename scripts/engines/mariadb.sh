#!/usr/bin/env bash
# MariaDB for tests: Debian's own server, which is not configured and started as a service.
#
#   mariadb.sh get                 install it where it is missing (root or sudo)
#   mariadb.sh start DIR PORT      run a server of its own in the foreground, on 127.0.0.1, with
#                                  its data and a certificate (tls.pem) in DIR, which is empty;
#                                  user eddy, password eddy, may do everything
set -euo pipefail
export PATH=$PATH:/usr/sbin:/usr/local/sbin

get() {
	! { command -v mariadbd && command -v mariadb-install-db && command -v my_print_defaults && command -v openssl; } >/dev/null || return 0
	command -v apt-get >/dev/null || { echo "mariadb: install what Debian calls mariadb-server-core and mariadb-client-core" >&2; exit 1; }
	local as_root=()
	[ "$(id -u)" -eq 0 ] || as_root=(sudo)
	"${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -q
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends mariadb-server-core mariadb-client-core openssl
}

start() {
	local dir=$1 port=$2 as=()
	"${0%/*}/certificate.sh" "$dir"
	printf '%s\n' "CREATE USER eddy@'%' IDENTIFIED BY 'eddy';" "GRANT ALL ON *.* TO eddy@'%' WITH GRANT OPTION;" >"$dir/init.sql"
	if [ "$(id -u)" -eq 0 ]; then # the server refuses to run as root
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups --pdeathsig TERM)
		chown -R nobody:nogroup "$dir"
	fi
	cd "$dir"
	"${as[@]}" mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal --skip-test-db >"$dir/install.log" 2>&1 ||
		{ cat "$dir/install.log" >&2; exit 1; }
	exec "${as[@]}" "$(command -v mariadbd)" --no-defaults --datadir="$dir/data" --socket="$dir/s" --pid-file="$dir/p" \
		--port="$port" --bind-address=127.0.0.1 --skip-name-resolve --skip-log-bin --character-set-server=utf8mb4 --init-file="$dir/init.sql" \
		--ssl-ca="$dir/tls.pem" --ssl-cert="$dir/tls.pem" --ssl-key="$dir/tls.key" \
		--innodb-buffer-pool-size=128M --innodb-log-file-size=64M --innodb-flush-log-at-trx-commit=0 --max-connections=200
}

case ${1-} in
get) get ;;
start) start "$2" "$3" ;;
*) echo "usage: mariadb.sh get | start DIR PORT" >&2; exit 2 ;;
esac
