#!/bin/bash
# postgres-server.sh BIN DIR PORT — a throw-away PostgreSQL server that cannot outlive whoever started it.
#
# DIR holds postgresql.add.conf, pg_hba.add.conf, password and, for TLS, tls-names. Commands come on standard input, one a line:
# start, stop (fast), crash (immediate). Each is answered on standard output by "ok" or "failed REASON". When standard input ends,
# which it does however the parent dies, the server is stopped and DIR removed.
set -uo pipefail
trap '' INT TERM HUP

# What the test process has open is not the server's: PostgreSQL counts inherited descriptors against its own, and refuses to start.
for inherited in /proc/self/fd/*; do
  number=${inherited##*/}
  if [ "$number" -gt 2 ] && [ "$number" -ne 255 ]; then eval "exec $number>&-"; fi
done

bin=$1 dir=$2 port=$3
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

certificates() {
  cd "$dir/tls" || return 1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=issuer test authority' \
    -keyout ca.key -out ca.crt
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=localhost' -keyout server.key -out server.csr
  openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
  # What the server takes from clients: this certificate alone, which is its own authority.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=issuer-proxy' \
    -keyout client.key -out client.crt
  chmod 600 server.key client.key
  chmod 644 ca.crt server.crt client.crt
}

prepare() {
  cd "$dir" || return 1
  if [ -d tls ]; then certificates || return 1; fi
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$dir"; fi
  # --no-instructions and no locale of the machine: the same everywhere.
  as_postgres "$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" --no-sync -E UTF8 \
    --locale=C --no-instructions || return 1
  cat "$dir/postgresql.add.conf" >>"$dir/data/postgresql.conf"
  cat "$dir/pg_hba.add.conf" "$dir/data/pg_hba.conf" >"$dir/pg_hba.new" && cat "$dir/pg_hba.new" >"$dir/data/pg_hba.conf"
}

# The daemon must not inherit our pipes, or the parent would never see them end.
control() { as_postgres "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 "$@" >>"$dir/control.log" 2>&1 </dev/null; }
answer() { if [ "$1" = 0 ]; then echo ok; else echo "failed $(tail -n 3 "$dir/control.log" "$dir/server.log" 2>/dev/null | tr '\n' ' ')"; fi; }

prepare >>"$dir/control.log" 2>&1 </dev/null
answer $?
while read -r command; do
  case $command in
    start) control -o "-p $port" start; answer $? ;;
    stop) control -m fast stop; answer $? ;;
    crash) control -m immediate stop; answer $? ;;
    *) echo "failed unknown command" ;;
  esac
done
control -m immediate stop
cd /
rm -rf "$dir"
