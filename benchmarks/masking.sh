#!/usr/bin/env bash
# What masks cost: whole tables of 1,000,000 rows and 8 columns, 2 of them masked, and single rows by key, beside the same tables unmasked
# through the same proxy, a direct connection, pgbouncer, and the shadow view read directly. Rounds alternate; ratios are medians of each
# round's own. proxy-sides.sh says what the sides are: `proxy` is unmasked, `guarded` masked and read-only; `detected` is unmasked with
# all detectors on.
#
#   benchmarks/masking.sh [PART...]      parts: table key detectors; all without a name
#   ROUNDS=5 SECONDS_EACH=4 ROWS=1000000
parts=${*:-table key detectors}
rows=${ROWS:-1000000}
# Mask kinds of columns a and b of each table: constants and null, and two pairs that build a string for each value.
declare -A kinds=([constant]='redact, null' [built]='email, last4' [cut]='partial, partial')
tables='constant built cut'

# shellcheck disable=SC2317  # called by proxy-sides.sh
more_tables() {
  local table
  for table in $tables; do
    owner -f - <<SQL
CREATE TABLE $table AS SELECT n AS id, n * 7 AS number, 'customer' || n || '@shop' || n % 100 || '.example' AS a,
  (4111000000000000 + n::bigint * 7919)::text AS b, 'customer ' || n AS name, now() AS at, n % 2 = 0 AS flag, n::numeric / 100 AS amount
  FROM generate_series(1, $rows) AS n;
ALTER TABLE $table ADD PRIMARY KEY (id);
GRANT SELECT ON $table TO bench_user;
SQL
  done
  owner -f - <<SQL
CREATE TABLE clean AS SELECT n AS id, n * 7 AS number, repeat('order of a thing ', 3) AS a, md5(n::text) AS b, 'customer ' || n AS name,
  now() AS at, n % 2 = 0 AS flag, n::numeric / 100 AS amount FROM generate_series(1, $rows) AS n;
GRANT SELECT ON clean TO bench_user;
SQL
  admin -d bench -c 'VACUUM ANALYZE'
}
for table in $tables; do
  more_masks=${more_masks:-}", public.$table.a: ${kinds[$table]%%, *}, public.$table.b: ${kinds[$table]##*, }"
done

# shellcheck disable=SC2317
more_scopes() {
  sed -i -e 's|^  open:|  detected:\n    database: bench\n    unmasked: true\n    detectors: {all: mask-match}\n    privileges: [{tables: ["public.*"], grant: [select]}]\n  open:|' \
    -e 's|scopes: \[read|scopes: [detected, read|' "$work/issuer/policy.yaml"
}
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/proxy-sides.sh"
lease_side detected detected

# Whoever reads the view directly is a role that may read nothing else of it.
port[view]=$db_port user[view]=bench_view
view_password=$(openssl rand -hex 16)
printf '127.0.0.1:%s:*:bench_view:%s\n' "$db_port" "$view_password" >>"$work/pgpass"
shadows=$(admin -d bench -At -c "SELECT DISTINCT relnamespace::regnamespace FROM pg_class WHERE relname = 'constant' AND relkind = 'v'")
admin -d bench <<SQL
CREATE ROLE bench_view LOGIN PASSWORD '$view_password';
GRANT USAGE ON SCHEMA $shadows TO bench_view;
GRANT SELECT ON ALL TABLES IN SCHEMA $shadows TO bench_view;
SQL

# read_all SIDE TEXT: sets elapsed and cpu of two readings of a result.
read_all() {
  local before=0 after=0 start
  printf '%s;\n' "$2" >"$work/read.sql"
  [ -z "${pid[$1]:-}" ] || before=$(cpu_seconds "${pid[$1]}")
  start=$(date +%s.%N)
  pgbench -n -p "${port[$1]}" -U "${user[$1]}" -f "$work/read.sql" -t 2 bench >"$work/out" 2>&1 || die "$1: $(tail -n 3 "$work/out")"
  elapsed=$(figure "($(date +%s.%N) - $start) / 2" %.4f)
  [ -z "${pid[$1]:-}" ] || after=$(cpu_seconds "${pid[$1]}")
  cpu=$(figure "($after - $before) / 2" %.3f)
}

part_table() {
  local table round side from
  printf '\n%-26s %-13s %8s %8s %11s %8s\n' "SELECT *, $rows rows" side seconds ': proxy' 'proxy CPU s' ': proxy'
  for table in $tables; do
    for round in $(seq "$rounds"); do
      for side in $(order "$round" direct view pgbouncer proxy guarded); do
        progress "table $table, round $round: $side"
        from=$table
        [ "$side" != view ] || from=$shadows.$table
        read_all "$side" "SELECT * FROM $from"
        note "table.$table.$side" "$elapsed"
        note "table.$table.$side.cpu" "$cpu"
      done
    done
    for side in direct view pgbouncer proxy guarded; do
      printf '%-26s %-13s %8.2f %8.2f %11.2f %8.2f\n' "${kinds[$table]}" "$side" "$(middle "table.$table.$side")" \
        "$(against "table.$table.$side" "table.$table.proxy")" "$(middle "table.$table.$side.cpu")" \
        "$(against "table.$table.$side.cpu" "table.$table.proxy.cpu")"
    done
  done
}

part_key() {
  local mode round side
  printf '\n%-26s %-13s %8s %8s %8s %8s\n' 'row by key, 1 client' side tps ': proxy' 'CPU us' ': proxy'
  printf '\\set id random(1, %s)\nSELECT * FROM built WHERE id = :id;\n' "$rows" >"$work/key.sql"
  for mode in simple prepared; do
    for round in $(seq "$rounds"); do
      for side in $(order "$round" direct pgbouncer proxy guarded); do
        progress "key $mode, round $round: $side"
        run "$side" -f "$work/key.sql" -M $mode -c 1 -T "$seconds_each"
        # Time for one, so that a ratio above 1 is a cost.
        note "key.$mode.$side" "$(figure "1 / $rate" %.8f)"
        note "key.$mode.$side.cpu" "$(figure "$cpu / $transactions * 1000000" %.3f)"
      done
    done
    for side in direct pgbouncer proxy guarded; do
      printf '%-26s %-13s %8.0f %8.2f %8.1f %8.2f\n' "$mode" "$side" "$(figure "1 / $(middle "key.$mode.$side")" %.0f)" \
        "$(against "key.$mode.$side" "key.$mode.proxy")" "$(middle "key.$mode.$side.cpu")" \
        "$(against "key.$mode.$side.cpu" "key.$mode.proxy.cpu")"
    done
  done
}

# MB of a result for each second of the proxy's CPU, and for each that the detectors add.
part_detectors() {
  local table round side bytes
  printf '\n%-26s %-13s %11s %14s %10s\n' 'detectors' side 'proxy CPU s' 'MB a CPU second' 'of the scan'
  for table in clean built; do
    # What the server sends for a row of 8 columns in place of COPY's 8 separators: DataRow 7 bytes and 4 a column (message formats).
    bytes=$(($(admin -d bench -c "COPY $table TO STDOUT" | wc -c) + 31 * rows))
    for round in $(seq "$rounds"); do
      for side in $(order "$round" proxy detected); do
        progress "detectors $table, round $round: $side"
        read_all "$side" "SELECT * FROM $table"
        note "detectors.$table.$side" "$cpu"
      done
    done
    for side in proxy detected; do
      printf '%-26s %-13s %11.2f %14.0f %10s\n' "$([ $table = clean ] && echo 'nothing to find' || echo 'two finds a row')" "$side" \
        "$(middle "detectors.$table.$side")" "$(figure "$bytes / 1e6 / $(middle "detectors.$table.$side")")" \
        "$([ "$side" = proxy ] || figure "$bytes / 1e6 / ($(middle "detectors.$table.detected") - $(middle "detectors.$table.proxy"))" %.0f)"
    done
  done
}

for part in $parts; do "part_$part"; done
