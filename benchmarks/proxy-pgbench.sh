#!/usr/bin/env bash
# The proxy beside pgbouncer (pool_mode=session) and a direct connection, on one server, in alternating rounds; medians are shown, ratios
# are medians of each round's own. CPU is user and system time of the proxy process for each transaction (proc(5)): it depends far less
# on what else the machine does than transactions a second do.
#
#   benchmarks/proxy-pgbench.sh [PART...]      parts: pgbench tls bulk connect memory sessions; all without a name
#   ROUNDS=5 SECONDS_EACH=4 ROWS=1000000 IDLE=500
#
# `proxy` is a scope without guardrails and masks; the audit log cannot be turned off, every statement is recorded. `guarded` has the
# read-only guardrails, and a masked table beside those that are read, as in production.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/cluster.sh"

parts=${*:-pgbench tls bulk connect memory sessions}
rounds=${ROUNDS:-5}
seconds_each=${SECONDS_EACH:-4}
rows=${ROWS:-1000000}
idle=${IDLE:-500}
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
case " $parts " in
  *' bulk '*)
    owner -f - <<SQL
CREATE TABLE bulk AS SELECT n AS id, n * 7 AS number, md5(n::text) AS a, md5((n + 1)::text) AS b, 'customer ' || n AS name,
  now() AS at, n % 2 = 0 AS flag, n::numeric / 100 AS amount FROM generate_series(1, $rows) AS n;
GRANT SELECT ON bulk TO bench_user;
SQL
    admin -d bench -c 'VACUUM ANALYZE bulk' ;;
esac
set_up_issuer
sed -i -e 's|^  bench: {}|  bench: {masks: {public.secret.value: redact}}|' \
  -e 's|^  open:|  open:\n    unmasked: true|' "$work/issuer/policy.yaml"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
sed -i "1i tls: {certificate: $work/tls.crt, key: $work/tls.key}" "$work/issuer/proxy.yaml"
start_issuerd
start_proxy
declare -A user port pid
user[direct]=bench_user port[direct]=$db_port
for side in proxy guarded; do
  scope=open
  [ $side = proxy ] || scope='read'
  user[$side]=$(lease $scope "$work/$side.pgpass") port[$side]=$proxy_port pid[$side]=$proxy_pid
  cat "$work/$side.pgpass" >>"$work/pgpass"
done

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
default_pool_size = 600
max_client_conn = 2000
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
  as_postgres pgbouncer -q "$work/$name/pgbouncer.ini" >"$work/$name.log" 2>&1 &
  await 10 pgbouncer test -s "$work/$name/pid"
  pid[$name]=$(cat "$work/$name/pid")
  pids+=("${pid[$name]}")
  await 10 pgbouncer bash -c "exec 3<>/dev/tcp/127.0.0.1/${port[$name]}"
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

part_pgbench() {
  local mode clients side round
  heading 'pgbench -S'
  for mode in simple extended prepared; do
    for clients in 1 8; do
      compare "$mode, $clients" 'direct pgbouncer proxy guarded' -S -M $mode -c $clients -j $clients -T "$seconds_each"
    done
  done
  printf '\n%-22s %-13s %8s %8s   one client, simple\n' 'added latency' side 'p50 us' 'p99 us'
  for round in $(seq "$rounds"); do
    for side in $(order "$round" direct pgbouncer proxy guarded); do
      rm -f "$work"/latency*
      run "$side" -S -M simple -c 1 -T "$seconds_each" -l --log-prefix="$work/latency"
      note "latency.$side.p50" "$(awk '{ print $3 }' "$work"/latency* | quantile 0.5)"
      note "latency.$side.p99" "$(awk '{ print $3 }' "$work"/latency* | quantile 0.99)"
    done
  done
  for side in pgbouncer proxy guarded; do
    printf '%-22s %-13s %8.0f %8.0f\n' 'added latency' $side "$(figure "$(middle latency.$side.p50) - $(middle latency.direct.p50)")" \
      "$(figure "$(middle latency.$side.p99) - $(middle latency.direct.p99)")"
  done
}

part_tls() {
  heading 'pgbench -S, TLS'
  local mode
  for mode in simple prepared; do
    PGSSLMODE=require compare "TLS $mode, 8" 'pgbouncer proxy guarded' -S -M $mode -c 8 -j 8 -T "$seconds_each"
  done
}

part_bulk() {
  local text round side kind bytes
  text=$(admin -d bench -c 'COPY bulk TO STDOUT' | wc -c)
  printf 'SELECT * FROM bulk;\n' >"$work/select.sql"
  printf '\n%-22s %-13s %10s %9s %9s %10s\n' 'bulk' side 'CPU s/GB' ': bouncer' ': 64 KB' 'MB/s'
  for kind in select copy; do
    # What the server sends for a row of 8 columns: DataRow 7 bytes and 4 a column, CopyData 5 bytes (message formats), where COPY's
    # text has 8 separators.
    if [ $kind = select ]; then bytes=$((text - 8 * rows + 39 * rows)); else bytes=$((text + 5 * rows)); fi
    for round in $(seq "$rounds"); do
      for side in $(order "$round" pgbouncer pgbouncer64k proxy guarded); do
        progress "bulk $kind, round $round: $side"
        local before after start elapsed
        before=$(cpu_seconds "${pid[$side]}") start=$(date +%s.%N)
        if [ $kind = select ]; then
          pgbench -n -p "${port[$side]}" -U "${user[$side]}" -f "$work/select.sql" -t 2 bench >"$work/out" 2>&1 || die "$side: $(cat "$work/out")"
        else
          for _ in 1 2; do psql -X -p "${port[$side]}" -U "${user[$side]}" -d bench -c 'COPY bulk TO STDOUT' >/dev/null || die "$side"; done
        fi
        elapsed=$(figure "$(date +%s.%N) - $start" %.3f) after=$(cpu_seconds "${pid[$side]}")
        note "bulk.$kind.$side.cpu" "$(figure "($after - $before) / (2 * $bytes / 1e9)" %.3f)"
        note "bulk.$kind.$side.rate" "$(figure "2 * $bytes / 1e6 / $elapsed" %.1f)"
      done
    done
    for side in pgbouncer pgbouncer64k proxy guarded; do
      printf '%-22s %-13s %10.2f %9.2f %9.2f %10.0f\n' "$kind" $side "$(middle bulk.$kind.$side.cpu)" \
        "$(against bulk.$kind.$side.cpu bulk.$kind.pgbouncer.cpu)" "$(against bulk.$kind.$side.cpu bulk.$kind.pgbouncer64k.cpu)" \
        "$(middle bulk.$kind.$side.rate)"
    done
  done
}

part_connect() {
  local round side
  printf '\n%-22s %-13s %8s %8s   connect, SCRAM, one SELECT, close\n' connect side ms ': direct'
  for round in $(seq "$rounds"); do
    for side in $(order "$round" direct pgbouncer proxy guarded); do
      run "$side" -C -S -M simple -c 1 -T "$seconds_each"
      note "connect.$side" "$(figure "1000 / $rate" %.3f)"
    done
  done
  for side in direct pgbouncer proxy guarded; do
    printf '%-22s %-13s %8.2f %8.2f\n' connect $side "$(middle "connect.$side")" "$(against "connect.$side" connect.direct)"
  done
}

# Resident memory of a process in KiB, without what it shares with files.
resident() { awk '/^RssAnon/ { print $2 }' "/proc/$1/status"; }

part_memory() {
  local side before after password holder
  printf '\n%-22s %-13s %8s\n' "$idle idle sessions" side 'KiB each'
  for side in pgbouncer proxy guarded; do
    before=$(resident "${pid[$side]}")
    password=$(grep -F ":${user[$side]}:" "$work/pgpass" | head -n 1 | cut -d: -f5-)
    mkfifo "$work/hold.$side"
    issuer-load hold "$idle" 127.0.0.1 "${port[$side]}" bench "${user[$side]}" <"$work/hold.$side" >"$work/held.$side" &
    holder=$!
    exec 7>"$work/hold.$side"
    printf '%s\n' "$password" >&7
    await 120 "$idle sessions" test -s "$work/held.$side"
    after=$(resident "${pid[$side]}")
    printf '%-22s %-13s %8.1f\n' "$idle idle sessions" $side "$(figure "($after - $before) / $idle")"
    exec 7>&-
    wait "$holder" || die "issuer-load hold ended with $?"
  done
}

part_sessions() {
  local clients
  heading 'cost as sessions grow'
  for clients in 8 64 512; do
    compare "prepared, $clients" 'pgbouncer proxy guarded' -S -M prepared -c $clients -j 2 -T "$seconds_each"
  done
}

for part in $parts; do "part_$part"; done
