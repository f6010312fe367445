# shellcheck shell=bash
# Sourced by the benchmarks beside it: a private PostgreSQL 15 with fsync on, in a directory that goes at exit, and an issuer and a
# proxy on it. Nothing outside that directory is touched. BIN names the directory of release builds; without it they are built.
set -euo pipefail

# REALTIME=1: before all other work of the machine, so that a busy one measures nearly as a quiet one. Both sides of a comparison gain.
[ -z "${REALTIME:-}" ] || chrt -r -p 10 $$

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
PG=${PG:-/usr/lib/postgresql/15/bin}
if [ -z "${BIN:-}" ]; then
  for product in issuerd issuer-proxy issuerctl issuer-load; do
    swift build -c release --package-path "$root" --product "$product" >&2
  done
  BIN=$(swift build -c release --package-path "$root" --show-bin-path)
fi
export PATH="$BIN:$PG:$PATH"
work=$(mktemp -d /tmp/issuer-bench.XXXXXX)
chmod 0755 "$work"
me=$(id -un)
pids=()

die() { printf '%s: %s\n' "${0##*/}" "$1" >&2; exit 1; }
# Not by runuser, which sets the limit of open files back to 1024: pgbouncer has two for each session.
as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
await() { # await SECONDS WHAT COMMAND...
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $until ] || die "waited too long for $what"; sleep 0.05; done
}
# The middle one of the numbers on standard input.
median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# quantile Q: of the numbers on standard input.
quantile() { sort -g | awk -v q="$1" '{ v[NR] = $1 } END { i = int(NR * q) + 1; if (i > NR) i = NR; if (NR) print v[i] }'; }
# figure EXPRESSION: arithmetic with decimals.
figure() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }"; }
progress() { if [ -t 2 ] || [ -n "${VERBOSE:-}" ]; then printf '%s\n' "$*" >&2; fi; }

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  if [ $status -ne 0 ]; then
    for log in "$work"/*.log "$work"/data/server.log; do [ ! -s "$log" ] || { echo "--- $log"; tail -n 15 "$log"; } >&2; done
  fi
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  [ ${#pids[@]} = 0 ] || wait "${pids[@]}" 2>/dev/null || true
  [ ! -d "$work/data" ] || as_postgres pg_ctl -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
  exit $status
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# start_postgres: a cluster with SCRAM logins on loopback, and database `bench` of role `bench_owner`.
start_postgres() {
  db_port=$(free_port)
  openssl rand -hex 16 >"$work/superuser-password"
  mkdir "$work/data"
  [ "$(id -u)" != 0 ] || chown postgres "$work/data" "$work/superuser-password"
  as_postgres initdb -D "$work/data" -U postgres -A scram-sha-256 --pwfile="$work/superuser-password" -E UTF8 \
    --locale=C.UTF-8 >/dev/null
  as_postgres tee -a "$work/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $db_port
unix_socket_directories = ''
max_connections = ${SERVER_CONNECTIONS:-700}
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 30min
CONF
  as_postgres pg_ctl -D "$work/data" -l "$work/data/server.log" -w start >/dev/null
  [ "$(id -u)" != 0 ] || chown root "$work/superuser-password"
  chmod 0600 "$work/superuser-password"
  printf '127.0.0.1:%s:*:postgres:%s\n' "$db_port" "$(cat "$work/superuser-password")" >"$work/pgpass"
  chmod 0600 "$work/pgpass"
  export PGPASSFILE="$work/pgpass" PGSSLMODE=disable PGHOST=127.0.0.1
  admin -c 'CREATE ROLE bench_owner NOLOGIN' -c 'CREATE DATABASE bench OWNER bench_owner'
  admin -d bench -c 'ALTER SCHEMA public OWNER TO bench_owner' -c 'REVOKE CREATE, TEMP ON DATABASE bench FROM PUBLIC' \
    -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
}
admin() { psql -X -q -v ON_ERROR_STOP=1 -p "$db_port" -U postgres "$@"; }
owner() { PGOPTIONS='-c role=bench_owner' admin -d bench "$@"; }

# set_up_issuer: vault, ledger and files; a policy with three scopes, everything granted to who runs this.
set_up_issuer() {
  proxy_port=$(free_port)
  export ISSUER_DIRECTORY="$work/issuer" ISSUER_SOCKET="$work/run/issuer.sock"
  issuerctl init --cluster main --admin-url "postgres://postgres@127.0.0.1:$db_port/postgres?sslmode=disable" --password-fd 0 \
    --database bench --owner bench_owner --directory "$work/issuer" --state-directory "$work/state" --log-directory "$work/log" \
    --run-directory "$work/run" --proxy-port "$proxy_port" --proxy-user "$me" --operator "$me" \
    <"$work/superuser-password" >"$work/init.log" 2>&1
  cat >"$work/issuer/policy.yaml" <<POLICY
version: 1
cluster: main
identities:
  $me: {login: unix}
operators: {users: [$me]}
databases:
  bench: {}
scopes:
  read:
    database: bench
    privileges: [{tables: ["public.*"], grant: [select]}]
    guardrails: [read-only]
  open:
    database: bench
    privileges: [{tables: ["public.*"], grant: [select]}]
  direct:
    database: bench
    privileges: [{tables: ["public.*"], grant: [select]}]
    delivery: [direct]
access:
  - {name: all, who: {users: [$me]}, scopes: [read, open, direct], lifetime: {max: 8h}, reason: optional}
POLICY
  # Both daemons reach the server as the other side of each comparison does: TCP on loopback, without TLS. Sweeps only when asked for.
  sed -i -e 's|^sweepIntervalSeconds: .*|sweepIntervalSeconds: 3600|' \
    -e 's|^\(proxyAddress: .*\)host: [^,]*,\(.*\)verify-full|\1host: 127.0.0.1,\2disable|' "$work/issuer/issuerd.yaml"
  sed -i -e 's|^tls: .*|allowPlaintext: true|' -e "s|tcp: .*|tcp: \"127.0.0.1:$proxy_port\"|" "$work/issuer/proxy.yaml"
}
start_issuerd() {
  issuerd --config "$work/issuer/issuerd.yaml" >"$work/issuerd.log" 2>&1 &
  issuerd_pid=$!
  pids+=("$issuerd_pid")
  await 30 issuerd issuerctl status --ready
}
start_proxy() {
  # shellcheck disable=SC2086
  ${PROXY_UNDER:-} "${PROXY:-issuer-proxy}" --config "$work/issuer/proxy.yaml" >"$work/proxy.log" 2>&1 &
  proxy_pid=$!
  pids+=("$proxy_pid")
  await 30 issuer-proxy bash -c "exec 3<>/dev/tcp/127.0.0.1/$proxy_port"
}
# lease SCOPE FILE: a lease for eight hours; its role is printed, its password goes to a pgpass FILE.
lease() {
  issuerctl grant "$1" --for 8h --reason benchmark --format pgpass >"$2"
  chmod 0600 "$2"
  cut -d: -f4 "$2"
}
# User and system time of a process and its threads, in seconds (proc(5), stat: utime and stime).
cpu_seconds() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); printf "%.2f", ($12 + $13) / hz }' "/proc/$1/stat"; }
# The same of the whole server: its processes and those that have ended.
server_cpu_seconds() {
  local postmaster
  postmaster=$(as_postgres head -n 1 "$work/data/postmaster.pid")
  { sed 's/^.*) //' "/proc/$postmaster/stat" | awk '{ print $12 + $13 + $14 + $15 }'
    tr " " "\n" <"/proc/$postmaster/task/$postmaster/children" | while read -r child; do
      sed 's/^.*) //' "/proc/$child/stat" 2>/dev/null | awk '{ print $12 + $13 }' || true
    done
  } | awk -v hz="$(getconf CLK_TCK)" '{ sum += $1 } END { printf "%.2f", sum / hz }'
}
# What else the machine does: processes that want a core, on average of the last minute.
load_now() { cut -d ' ' -f 1 /proc/loadavg; }
