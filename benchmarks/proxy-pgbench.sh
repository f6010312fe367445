#!/usr/bin/env bash
# The proxy beside pgbouncer (pool_mode=session) and a direct connection, on one server, in alternating rounds; medians are shown, ratios
# are medians of each round's own. CPU is user and system time of the proxy process for each transaction (proc(5)): it depends far less
# on what else the machine does than transactions a second do. proxy-sides.sh says what the sides are.
#
#   benchmarks/proxy-pgbench.sh [PART...]      parts: pgbench latency tls bulk connect memory sessions; all without a name
#   ROUNDS=5 SECONDS_EACH=4 ROWS=1000000 IDLE=500 CLIENTS="8 64 512"; sessions needs the seconds that all of them take to log in, too
parts=${*:-pgbench latency tls bulk connect memory sessions}
rows=${ROWS:-1000000}
idle=${IDLE:-500}
# The idle and the busy sessions of each side have backends of their own.
# shellcheck disable=SC2034
case " $parts " in *' memory '*) SERVER_CONNECTIONS=$((2 * idle + 100)) ;; *' sessions '*) SERVER_CONNECTIONS=1800 ;; esac

# shellcheck disable=SC2317  # called by proxy-sides.sh
more_tables() {
  case " $parts " in *' bulk '*) ;; *) return ;; esac
  owner -f - <<SQL
CREATE TABLE bulk AS SELECT n AS id, n * 7 AS number, md5(n::text) AS a, md5((n + 1)::text) AS b, 'customer ' || n AS name,
  now() AS at, n % 2 = 0 AS flag, n::numeric / 100 AS amount FROM generate_series(1, $rows) AS n;
GRANT SELECT ON bulk TO bench_user;
SQL
  admin -d bench -c 'VACUUM ANALYZE bulk'
}
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/proxy-sides.sh"

part_pgbench() {
  local mode clients
  heading 'pgbench -S'
  for mode in simple extended prepared; do
    for clients in 1 8; do
      compare "$mode, $clients" 'direct pgbouncer proxy guarded' -S -M $mode -c $clients -j $clients -T "$seconds_each"
    done
  done
}

part_latency() {
  local round side
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
  # pgbouncer last: it keeps its server connections.
  for side in proxy guarded pgbouncer; do
    # A proxy of its own for each side: memory that other sessions have left would be taken again and not counted.
    if [ "$side" != pgbouncer ]; then
      kill "$proxy_pid"
      wait "$proxy_pid" || true
      start_proxy
      pid[$side]=$proxy_pid
    fi
    run "$side" -S -c 1 -t 10
    before=$(resident "${pid[$side]}")
    password=$(grep -F ":${user[$side]}:" "$work/pgpass" | head -n 1 | cut -d: -f5-)
    mkfifo "$work/hold.$side"
    issuer-load hold "$idle" 127.0.0.1 "${port[$side]}" bench "${user[$side]}" <"$work/hold.$side" >"$work/held.$side" &
    holder=$!
    exec 7>"$work/hold.$side"
    printf '%s\n' "$password" >&7
    await 600 "$idle sessions" test -s "$work/held.$side"
    after=$(resident "${pid[$side]}")
    printf '%-22s %-13s %8.1f\n' "$idle idle sessions" $side "$(figure "($after - $before) / $idle")"
    exec 7>&-
    wait "$holder" || die "issuer-load hold ended with $?"
  done
}

part_sessions() {
  local clients
  heading 'cost as sessions grow'
  for clients in ${CLIENTS:-8 64 512}; do
    compare "prepared, $clients" 'pgbouncer proxy guarded' -S -M prepared -c "$clients" -j 2 -T "$seconds_each"
  done
}

for part in $parts; do "part_$part"; done
