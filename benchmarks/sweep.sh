#!/usr/bin/env bash
# (b) Expired leases swept through issuerd (POST /v1/sweep: disable, evict, clean, drop), beside bare DROP ROLE in chunks of 500.
#
#   benchmarks/sweep.sh [ROUNDS]      LEASES=10000
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/cluster.sh"

rounds=${1:-3}
leases=${LEASES:-10000}
start_postgres
owner -c 'CREATE TABLE t1 (id int PRIMARY KEY, value text)'
set_up_issuer
start_issuerd
scope_role=$(admin -d issuer -Atc "SELECT role_name FROM issuer.scope WHERE name = 'read' AND state = 'ready'")
verifier="SCRAM-SHA-256\$1:$(openssl rand -base64 16)\$$(openssl rand -base64 32):$(openssl rand -base64 32)"
seconds() { date +%s.%N; }

printf '%-8s %-34s %-34s %s\n' round "issuerd: roles/s (sweep's own time)" 'bare DROP ROLE in chunks: roles/s' 'issuerd : bare'
for round in $(seq "$rounds"); do
  progress "round $round: $leases leases"
  issuer-load issue "$ISSUER_SOCKET" read "$leases" 8 >/dev/null
  admin -d bench <<SQL
BEGIN;
SELECT format('CREATE ROLE bare_%s LOGIN PASSWORD %L IN ROLE $scope_role', n, '$verifier')
FROM generate_series(1, $leases) AS n \gexec
COMMIT;
SQL
  # Their time is up all at once; issuerd does not know before it looks.
  admin -d issuer -c "UPDATE issuer.lease SET deadline = clock_timestamp() WHERE state = 'active'" -c 'CHECKPOINT'

  start=$(seconds)
  issuer-load sweep "$ISSUER_SOCKET" >"$work/report.json"
  ours=$(figure "$leases / ($(seconds) - $start)" %.0f)
  [ "$(jq .dropped "$work/report.json")" = "$leases" ] || die "not all were dropped: $(cat "$work/report.json")"
  [ "$(admin -d bench -Atc "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%'")" = 0 ] || die 'roles are left'

  admin -d bench -Atc "SELECT 'DROP ROLE ' || string_agg('bare_' || n, ', ') || ';'
    FROM generate_series(1, $leases) AS n GROUP BY (n - 1) / 500" >"$work/drop.sql"
  start=$(seconds)
  admin -d bench -f "$work/drop.sql"
  bare=$(figure "$leases / ($(seconds) - $start)" %.0f)

  printf '%s %s\n' "$ours" "$bare" >>"$work/rates"
  printf '%-8s %-34s %-34s %s\n' "$round" "$ours ($(jq .durationMilliseconds "$work/report.json") ms)" "$bare" "$(figure "$ours / $bare")"
done
printf '%-8s %-34s %-34s %s\n' median "$(awk '{ print $1 }' "$work/rates" | median)" "$(awk '{ print $2 }' "$work/rates" | median)" \
  "$(awk '{ print $1 / $2 }' "$work/rates" | median)"
