# shellcheck shell=bash
# Sourced by the benchmarks that compare the proxy with pgbouncer: one server, a direct connection, the proxy under two leases, and
# pgbouncer (pool_mode=session) with its default buffer and with 64 KB.
#
# `proxy` is a scope without guardrails and masks; the audit log cannot be turned off, every statement is recorded. `guarded` has the
# read-only guardrails, and a masked table beside those that are read, as in production.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

rounds=${ROUNDS:-5}
# shellcheck disable=SC2034
seconds_each=${SECONDS_EACH:-4}
command -v pgbouncer >/dev/null || die 'pgbouncer is missing: apt-get install pgbouncer'

start_postgres
printf 'Load of the machine at the start: %s\n' "$(load_now)"
owner -f - <<'SQL'
CREATE TABLE secret (id int PRIMARY KEY, value text);
SQL
PGOPTIONS='-c role=bench_owner' pgbench -p "$db_port" -U postgres -i -q -s 10 bench >/dev/null 2>&1
user_password=$(openssl rand -hex 16)
admin -d bench <<SQL
CREATE ROLE bench_user LOGIN PASSWORD '$user_password';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bench_user;
SQL
# What a benchmark adds has to be there when the scopes are compiled.
if declare -F more_tables >/dev/null; then more_tables; fi
set_up_issuer
sed -i -e "s|^  bench: {}|  bench: {masks: {public.secret.value: redact${more_masks:-}}}|" \
  -e 's|^  open:|  open:\n    unmasked: true|' "$work/issuer/policy.yaml"
if declare -F more_scopes >/dev/null; then more_scopes; fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
sed -i "1i tls: {certificate: $work/tls.crt, key: $work/tls.key}" "$work/issuer/proxy.yaml"
start_issuerd
start_proxy
declare -A user port pid
user[direct]=bench_user port[direct]=$db_port
# lease_side SIDE SCOPE
lease_side() {
  user[$1]=$(lease "$2" "$work/$1.pgpass") port[$1]=$proxy_port pid[$1]=$proxy_pid
  cat "$work/$1.pgpass" >>"$work/pgpass"
}
lease_side proxy open
lease_side guarded 'read'

# start_pgbouncer NAME SETTING...
start_pgbouncer() {
  local name=$1
  shift
  mkdir "$work/$name"
  port[$name]=$(free_port) user[$name]=bench_user
  printf '"bench_user" "%s"\n' "$user_password" >"$work/$name/users"
  cp "$work/tls.key" "$work/tls.crt" "$work/$name"
  cat >"$work/$name/pgbouncer.ini" <<INI
[databases]
bench = host=127.0.0.1 port=$db_port dbname=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port[$name]}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $work/$name/users
pidfile = $work/$name/pid
pool_mode = session
default_pool_size = 6000
max_client_conn = 6000
server_tls_sslmode = disable
client_tls_sslmode = allow
client_tls_key_file = $work/$name/tls.key
client_tls_cert_file = $work/$name/tls.crt
log_connections = 0
log_disconnections = 0
log_stats = 0
ignore_startup_parameters = extra_float_digits
$(printf '%s\n' "$@")
INI
  [ "$(id -u)" != 0 ] || chown -R postgres "$work/$name"
  # shellcheck disable=SC2086
  as_postgres ${PGBOUNCER_UNDER:-} pgbouncer -q "$work/$name/pgbouncer.ini" >"$work/$name.log" 2>&1 &
  await 30 pgbouncer test -s "$work/$name/pid"
  pid[$name]=$(cat "$work/$name/pid")
  pids+=("${pid[$name]}")
  await 30 pgbouncer bash -c "exec 3<>/dev/tcp/127.0.0.1/${port[$name]}"
  printf '127.0.0.1:%s:*:bench_user:%s\n' "${port[$name]}" "$user_password" >>"$work/pgpass"
}
printf '127.0.0.1:%s:*:bench_user:%s\n' "$db_port" "$user_password" >>"$work/pgpass"
start_pgbouncer pgbouncer
start_pgbouncer pgbouncer64k 'pkt_buf = 65536'

# run SIDE PGBENCH-ARGUMENT...: output in $work/out; sets cpu, rate, transactions.
run() {
  local side=$1 before=0 after=0
  shift
  [ "$side" = direct ] || before=$(cpu_seconds "${pid[$side]}")
  pgbench -n -p "${port[$side]}" -U "${user[$side]}" "$@" bench >"$work/out" 2>&1 || die "$side: $(tail -n 3 "$work/out")"
  [ "$side" = direct ] || after=$(cpu_seconds "${pid[$side]}")
  cpu=$(figure "$after - $before" %.2f)
  rate=$(awk '/^tps/ { print $3 }' "$work/out")
  transactions=$(awk '/transactions actually processed/ { split($6, n, "/"); print n[1] }' "$work/out")
}
# note FILE VALUE, and its middle value.
note() { printf '%s\n' "$2" >>"$work/figures.$1"; }
middle() { if [ -s "$work/figures.$1" ]; then median <"$work/figures.$1"; else echo nan; fi; }
# against FILE-A FILE-B: the median of the rounds' own ratios.
against() { paste "$work/figures.$1" "$work/figures.$2" | awk '$2 > 0 { print $1 / $2 }' | median; }
# The sides in another order each round.
order() { local round=$1; shift; local n=$#; for i in $(seq 0 $((n - 1))); do local k=$(((i + round) % n + 1)); printf '%s ' "${!k}"; done; }

# compare NAME SIDES PGBENCH-ARGUMENT...: one line a side, CPU and rate beside pgbouncer.
compare() {
  local name=$1 sides=$2 round side
  shift 2
  for round in $(seq "$rounds"); do
    # shellcheck disable=SC2086
    for side in $(order "$round" $sides); do
      progress "$name, round $round: $side"
      run "$side" "$@"
      note "$name.$side.cpu" "$(figure "$cpu / $transactions * 1000000" %.3f)"
      note "$name.$side.rate" "$rate"
    done
  done
  for side in $sides; do
    if [ "$side" = direct ]; then
      printf '%-22s %-13s %8s %8s %9.0f %8.2f\n' "$name" "$side" - - "$(middle "$name.$side.rate")" \
        "$(against "$name.$side.rate" "$name.pgbouncer.rate")"
    else
      printf '%-22s %-13s %8.1f %8.2f %9.0f %8.2f\n' "$name" "$side" "$(middle "$name.$side.cpu")" \
        "$(against "$name.$side.cpu" "$name.pgbouncer.cpu")" "$(middle "$name.$side.rate")" \
        "$(against "$name.$side.rate" "$name.pgbouncer.rate")"
    fi
  done
}
heading() { printf '\n%-22s %-13s %8s %8s %9s %8s\n' "$1" side 'CPU us' ': bouncer' tps ': bouncer'; }
