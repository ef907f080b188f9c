#!/usr/bin/env bash
# trino.sh get                      fetches Trino from Maven Central, and lays it out
# trino.sh start DIR HTTP HTTPS     starts it on two ports of loopback, in the foreground
#
# Catalogs memory and tpch. Over HTTP anybody is who they say; over HTTPS users log in with the
# password "open sesame", a token (JWT, HS256 with the secret of DIR/jwt.key) or a certificate of
# DIR/client.pem; DIR/server.pem is the server's certificate. Who may do what stands in
# DIR/rules.json, which is read again each second.
set -euo pipefail

trino=483
layout=1 # raise it when what is laid out changes
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${EDDY_ENGINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/eddy-engines}/trino
home=$cache/$trino-$layout

# java25 prints the folder of a JDK 25; the server runs on no older one.
java25() {
  local at
  for at in "${JAVA_HOME:-}" /usr/lib/jvm/* "$cache"/jdk; do
    if [[ -x $at/bin/javac ]] && [[ $("$at/bin/javac" -version 2>&1) == "javac 25"* ]]; then
      echo "$at"
      return
    fi
  done
  return 1
}

# install installs packages of Debian, as root.
install() {
  local as=()
  [[ $(id -u) == 0 ]] || as=(sudo -n)
  "${as[@]}" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get -qq install --no-install-recommends "$@"
}

# part lays out one artifact and all that it needs.
part() {
  local artifact=$1 to=$2
  mvn -q -B -f "$here/trino/pom.xml" -Dtrino=$trino -Dpart="$artifact" \
    org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$to"
}

# plugin makes the file of a plug-in's folder that names its class: jars of Central have none.
plugin() {
  mkdir -p "$1/META-INF/services"
  echo "$2" >"$1/META-INF/services/io.trino.spi.Plugin"
  "$jdk/bin/jar" --create --file "$1/service.jar" -C "$1" META-INF
  rm -r "$1/META-INF"
}

get() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  [[ ! -d $home ]] || return 0
  command -v mvn >/dev/null || install maven
  jdk=$(java25) || { install openjdk-25-jdk-headless && jdk=$(java25); } ||
    { echo "trino.sh: needs a JDK 25; set JAVA_HOME to one" >&2; return 1; }
  local new
  new=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  export JAVA_HOME=$jdk
  part trino-main "$new/lib"
  part trino-memory "$new/plugin/memory"
  part trino-tpch "$new/plugin/tpch"
  plugin "$new/plugin/memory" io.trino.plugin.memory.MemoryPlugin
  plugin "$new/plugin/tpch" io.trino.plugin.tpch.TpchPlugin
  mkdir -p "$new/main" "$new/plugin/passwords/classes"
  "$jdk/bin/javac" -proc:none -cp "$new/lib/*" -d "$new/main" "$here/trino/EddyTrino.java"
  "$jdk/bin/javac" -proc:none -cp "$new/lib/*" -d "$new/plugin/passwords/classes" "$here/trino/EddyPasswords.java"
  "$jdk/bin/jar" --create --file "$new/plugin/passwords/passwords.jar" -C "$new/plugin/passwords/classes" .
  rm -r "$new/plugin/passwords/classes"
  plugin "$new/plugin/passwords" EddyPasswords
  mv "$new" "$home"
  trap - EXIT
}

start() {
  local dir=$1 http=$2 https=$3 jdk
  jdk=$(java25)
  mkdir -p "$dir/catalog" "$dir/data"
  # A certificate for the server, and one of a client, each its own authority.
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
    -keyout "$dir/server.key" -out "$dir/server.pem"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=carla -keyout "$dir/client.key" -out "$dir/client.pem"
  cat "$dir/server.pem" "$dir/server.key" >"$dir/keystore.pem"
  openssl rand -base64 32 >"$dir/jwt.key"
  printf 'connector.name=memory\nmemory.max-data-per-node=1GB\n' >"$dir/catalog/memory.properties"
  printf 'connector.name=tpch\n' >"$dir/catalog/tpch.properties"
  [[ -f $dir/rules.json ]] || printf '{}\n' >"$dir/rules.json"
  printf 'password-authenticator.name=eddy\npassword=open sesame\n' >"$dir/password.properties"
  printf 'access-control.name=file\nsecurity.config-file=%s/rules.json\nsecurity.refresh-period=1s\n' "$dir" >"$dir/access.properties"
  printf 'io.trino=WARN\nio.airlift=WARN\n' >"$dir/log.properties"
  cat >"$dir/config.properties" <<END
coordinator=true
node-scheduler.include-coordinator=true
node.environment=test
node.internal-address=127.0.0.1
node.bind-ip=127.0.0.1
http-server.http.port=$http
http-server.https.enabled=true
http-server.https.port=$https
http-server.https.keystore.path=$dir/keystore.pem
http-server.https.truststore.path=$dir/client.pem
http-server.authentication.type=CERTIFICATE,PASSWORD,JWT
http-server.authentication.allow-insecure-over-http=true
http-server.authentication.certificate.user-mapping.pattern=CN=([^,]*).*
http-server.authentication.jwt.key-file=$dir/jwt.key
internal-communication.shared-secret=eddy
internal-communication.http2.enabled=false
password-authenticator.config-files=$dir/password.properties
access-control.config-files=$dir/access.properties
discovery.uri=http://127.0.0.1:$http
plugin.dir=$home/plugin
catalog.config-dir=$dir/catalog
log.levels-file=$dir/log.properties
query.max-memory=1GB
query.max-memory-per-node=1GB
query.max-history=50
query.max-hash-partition-count=1
query.min-hash-partition-count=1
task.concurrency=1
task.max-worker-threads=4
query.min-expire-age=1m
END
  cd "$dir"
  exec "$jdk/bin/java" -Xmx2g -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Djdk.attach.allowAttachSelf=true \
    --add-modules=jdk.incubator.vector --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    -Dfile.encoding=UTF-8 -Duser.timezone=UTC -Djava.io.tmpdir="$dir/data" -Dconfig="$dir/config.properties" \
    -cp "$home/main:$home/lib/*" EddyTrino $trino
}

case ${1:-} in
get) get ;;
start) shift && start "$@" ;;
*) sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}" && exit 2 ;;
esac
