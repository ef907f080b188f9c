#!/usr/bin/env bash
# MySQL for tests. Debian has it in its unstable suite alone: its packages and the C library that
# they need go into a folder of their own, and nothing is installed.
#
#   mysql.sh get                 fetch it where it is missing
#   mysql.sh start DIR PORT      run a server in the foreground, on 127.0.0.1, with its data and a
#                                certificate (tls.pem) in DIR, which is empty; user eddy,
#                                password eddy, may do everything
set -euo pipefail
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/mysql
root=$cache/root

get() {
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	[ ! -e "$root/fetched" ] || return 0
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || { echo "mysql: there is a recipe for Debian on amd64 alone" >&2; exit 1; }
	local work apt new mirror deb
	work=$(mktemp -d "$cache/work.XXXXXX") apt=$work/apt new=$work/new
	trap "rm -rf '$work'" EXIT
	mirror=$(apt-cache policy | sed -nE 's#^ *[0-9]+ (https?://[^ ]*/debian) .*#\1#p' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
	mkdir -p "$new" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/state"
	: >"$apt/state/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} sid main" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
		Dir::State "$apt/state";
		Dir::State::lists "$apt/lists";
		Dir::State::status "$apt/state/status";
		Dir::Cache "$apt/cache";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Debug::NoLocking "1";
		APT::Sandbox::User "";
		Acquire::Retries "3";
	END
	APT_CONFIG=$apt/apt.conf apt-get update -q
	APT_CONFIG=$apt/apt.conf apt-get install -qy -d --no-install-recommends mysql-server-core
	for deb in "$apt"/cache/archives/*.deb; do
		case ${deb##*/} in
		perl* | libperl*) ;;
		*) dpkg -x "$deb" "$new" ;;
		esac
	done
	"$new/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$new/usr/lib/x86_64-linux-gnu:$new/usr/lib/mysql/private" "$new/usr/sbin/mysqld" --no-defaults --version
	rm -r "$new"/usr/bin "$new"/usr/share/{doc,man,locale}
	chmod -R a+rX "$new"
	touch "$new/fetched"
	rm -rf "$root"
	mv "$new" "$root"
}

start() {
	local dir=$1 port=$2 as=()
	"${0%/*}/certificate.sh" "$dir"
	printf '%s\n' "CREATE USER eddy@'%' IDENTIFIED BY 'eddy';" "GRANT ALL ON *.* TO eddy@'%' WITH GRANT OPTION;" >"$dir/init.sql"
	if [ "$(id -u)" -eq 0 ]; then # the server refuses to run as root
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups --pdeathsig TERM)
		if ! "${as[@]}" test -r "$root/fetched"; then # as in /root
			cp -r "$root" "$dir/root"
			root=$dir/root
		fi
		chown -R nobody:nogroup "$dir"
	fi
	cd "$dir"
	local lib=$root/usr/lib/x86_64-linux-gnu
	local server=("$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld"
		--no-defaults --basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" --character-sets-dir="$root/usr/share/mysql/charsets"
		--plugin-dir="$root/usr/lib/mysql/plugin" --secure-file-priv=NULL --datadir="$dir/data")
	"${as[@]}" "${server[@]}" --initialize-insecure >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }
	exec "${as[@]}" "${server[@]}" --socket="$dir/s" --pid-file="$dir/p" --port="$port" --bind-address=127.0.0.1 --mysqlx=OFF \
		--skip-name-resolve --disable-log-bin --init-file="$dir/init.sql" --ssl-ca="$dir/tls.pem" --ssl-cert="$dir/tls.pem" --ssl-key="$dir/tls.key" \
		--innodb-buffer-pool-size=128M --innodb-redo-log-capacity=64M --innodb-flush-log-at-trx-commit=0 --max-connections=200 --performance-schema=OFF
}

case ${1-} in
get) get ;;
start) start "$2" "$3" ;;
*) echo "usage: mysql.sh get | start DIR PORT" >&2; exit 2 ;;
esac
