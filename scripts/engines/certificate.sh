#!/usr/bin/env bash
# Makes a certificate of 127.0.0.1 and localhost in DIR, tls.pem with its key tls.key, which is
# its own authority and serves for servers and for clients.
#
#   certificate.sh DIR
set -euo pipefail
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=eddy-test \
	-addext "subjectAltName=IP:127.0.0.1,DNS:localhost" -keyout "$1/tls.key" -out "$1/tls.pem" 2>"$1/tls.log" ||
	{ cat "$1/tls.log" >&2; exit 1; }
