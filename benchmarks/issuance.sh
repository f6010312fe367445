#!/usr/bin/env bash
# (a) Leases issued through the whole API call, beside a bare CREATE ROLE by pgbench and beside the usual way: CREATE ROLE and GRANT on
# 100 tables to each role. Rounds of all of them alternate, so that a noisy machine disturbs them alike; medians of the rounds are shown.
# What the call cannot go below is measured in the same rounds: GET /healthz, the HTTP alone, and the ledger's function alone, called by
# pgbench as issuerd calls it.
#
#   benchmarks/issuance.sh [ROUNDS]      LEVELS="0 10000 100000" COUNT=300 USUAL=40 REALTIME=1
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/cluster.sh"

rounds=${1:-5}
levels=${LEVELS:-0 10000 100000}
count=${COUNT:-300}
usual=${USUAL:-40}
tables=100

start_postgres
owner -f - <<<"SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, value text)', n) FROM generate_series(1, $tables) AS n \\gexec"
set_up_issuer
start_issuerd
scope_role=$(admin -d issuer -Atc "SELECT role_name FROM issuer.scope WHERE name = 'read' AND state = 'ready'")

# A verifier of the same form as a lease's: one iteration, made up, so that the server's own hashing is not measured.
# pgbench would take ":name" for a variable, but leaves alone those that it does not know.
verifier="SCRAM-SHA-256\$1:$(openssl rand -base64 16)\$$(openssl rand -base64 32):$(openssl rand -base64 32)"
{ printf '\\set n random(1, 9000000000000000000)\n'
  printf "CREATE ROLE jit_bare_:n LOGIN PASSWORD '%s' VALID UNTIL '2100-01-01 00:00:00+00' IN ROLE %s;\n" "$verifier" "$scope_role"
} >"$work/bare.sql"
{ printf '\\set n random(1, 9000000000000000000)\nBEGIN;\n'
  printf "CREATE ROLE jit_usual_:n LOGIN PASSWORD '%s' VALID UNTIL '2100-01-01 00:00:00+00';\n" "$verifier"
  printf 'GRANT SELECT ON t1'
  for n in $(seq 2 $tables); do printf ', t%s' "$n"; done
  printf ' TO jit_usual_:n;\nCOMMIT;\n'; } >"$work/usual.sql"

# The ledger's function, as the admin; pgbench would take the verifier's ":..." for a variable here.
ledger_verifier=${verifier//:/\\x3a}
{ printf '\\set n random(1, 9000000000000000000)\n'
  printf "SELECT request, created FROM issuer.grant_request(gen_random_uuid(), 'bench', 'k' || :n::bigint::text, 'read', 'bench', 'proxy',"
  printf " 3600, 28800, 'benchmark', NULL, false, 0, '{}', 3600, '{}', -1, false, NULL, gen_random_uuid(), 'jit_bench_' || :n::bigint::text,"
  printf " E'%s', 1, '1', md5(:n::bigint::text) || md5(:n::bigint::text));\n" "$ledger_verifier"
} >"$work/ledger.sql"

# bench KIND CALLERS COUNT: "leases a second, p50, p99, CPU" (milliseconds; CPU of the server and of issuerd for each).
bench() {
  local before after figures
  before=$(cpu_now)
  figures=$("$1" "$2" "$3")
  after=$(cpu_now)
  echo "$figures $(figure "($after - $before) * 1000 / $3" %.3f)"
}
cpu_now() { figure "$(server_cpu_seconds) + $(cpu_seconds "$issuerd_pid")"; }
issuer() {
  issuer-load issue "$ISSUER_SOCKET" read "$2" "$1" | jq -r '"\(.perSecond) \(.p50Milliseconds) \(.p99Milliseconds)"'
}
health() { issuer-load health "$ISSUER_SOCKET" "$2" "$1" | jq -r '"\(.perSecond) \(.p50Milliseconds) \(.p99Milliseconds)"'; }
bare() { sql bare "$@"; }
usual() { sql usual "$@"; }
ledger() { PGOPTIONS='-c role=issuer_admin' sql ledger "$@" -M prepared issuer; }
sql() { # sql FILE CALLERS COUNT [pgbench's options and database]
  local kind=$1 callers=$2 n=$3
  shift 3
  [ $# -gt 0 ] || set -- bench
  rm -f "$work"/pgbench_log*
  (cd "$work" && pgbench -n -p "$db_port" -U postgres -f "$work/$kind.sql" -c "$callers" -j "$callers" -t "$((n / callers))" \
    -l --log-prefix="$work/pgbench_log" "$@") >"$work/pgbench.out" 2>&1 || die "$(tail -n 3 "$work/pgbench.out")"
  local rate p50 p99
  rate=$(awk '/^tps/ { print $3 }' "$work/pgbench.out")
  p50=$(awk '{ print $3 / 1000 }' "$work"/pgbench_log* | quantile 0.5)
  p99=$(awk '{ print $3 / 1000 }' "$work"/pgbench_log* | quantile 0.99)
  echo "$rate $p50 $p99"
}

column() { awk -v n="$1" '{ print $n }' "$2" | median; }

# fill N: other leases' roles, up to N.
fill() {
  local present
  present=$(admin -d bench -Atc "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit_fill_%'")
  while [ "$present" -lt "$1" ]; do
    admin -d bench <<SQL
BEGIN;
SELECT format('CREATE ROLE jit_fill_%s LOGIN PASSWORD %L VALID UNTIL ''2100-01-01'' IN ROLE $scope_role', n, '$verifier')
FROM generate_series($present + 1, least($present + 2000, $1)) AS n \gexec
COMMIT;
SQL
    present=$((present + 2000))
  done
  admin -d bench -c 'VACUUM ANALYZE pg_authid, pg_auth_members, pg_shdepend' -c 'CHECKPOINT'
}

bench issuer 1 50 >/dev/null # the first calls connect
printf 'Each: leases a second, p50 ms, p99 ms, CPU ms. Load of the machine at the start: %s\n' "$(load_now)"
row='%-8s %-8s %-26s %-26s %-26s %-26s %-26s'
# shellcheck disable=SC2059  # the formats are these
printf "$row %s\n" roles callers 'issuer (whole API call)' 'GET /healthz' "the ledger's function" 'bare CREATE ROLE' \
  'CREATE ROLE, 100 GRANTs' 'p50 : bare'
for level in $levels; do
  fill "$level"
  for round in $(seq "$rounds"); do
    progress "roles $level, round $round"
    for callers in 1 8; do
      # Alternately first.
      if [ $((round % 2)) = 0 ]; then order="bare health issuer ledger"; else order="issuer ledger bare health"; fi
      for kind in $order; do bench "$kind" "$callers" "$count" >>"$work/$kind.$level.$callers"; done
      paste <(tail -n 1 "$work/issuer.$level.$callers") <(tail -n 1 "$work/bare.$level.$callers") -d ' ' \
        | awk '{ print $2 / $6 }' >>"$work/ratio.$level.$callers"
    done
    bench usual 1 "$usual" >>"$work/usual.$level.1"
  done
  for callers in 1 8; do
    cells=()
    for kind in issuer health ledger bare usual; do
      file="$work/$kind.$level.$callers"
      if [ -s "$file" ]; then
        cells+=("$(printf '%.0f  %.2f  %.2f  %.2f' "$(column 1 "$file")" "$(column 2 "$file")" "$(column 3 "$file")" "$(column 4 "$file")")")
      else cells+=(-); fi
    done
    # shellcheck disable=SC2059
    printf "$row %.2f\n" "$level" "$callers" "${cells[@]}" "$(median <"$work/ratio.$level.$callers")"
  done
done
first=${levels%% *} last=${levels##* }
for callers in 1 8; do
  printf 'issuer p50 with %s roles : with %s, %s callers: %.2f\n' "$last" "$first" "$callers" \
    "$(figure "$(column 2 "$work/issuer.$last.$callers") / $(column 2 "$work/issuer.$first.$callers")")"
done
