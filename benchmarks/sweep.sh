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
cpu_now() { figure "$(server_cpu_seconds) + $(cpu_seconds "$issuerd_pid")"; }

printf 'Roles a second, CPU us a role (server and issuerd). Load of the machine at the start: %s\n' "$(load_now)"
printf '%-8s %-24s %-24s %s\n' round 'issuerd, POST /v1/sweep' 'bare DROP ROLE, by 500' 'issuerd : bare'
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
  admin -d issuer -c "UPDATE issuer.lease SET deadline = clock_timestamp() WHERE state = 'active'" -c 'VACUUM ANALYZE issuer.lease' -c 'CHECKPOINT'

  cpu=$(cpu_now) start=$(seconds)
  issuer-load sweep "$ISSUER_SOCKET" >"$work/report.json"
  ours=$(figure "$leases / ($(seconds) - $start)" %.0f)
  ours_cpu=$(figure "($(cpu_now) - $cpu) * 1000000 / $leases" %.0f)
  [ "$(jq .dropped "$work/report.json")" = "$leases" ] || die "not all were dropped: $(cat "$work/report.json")"
  [ "$(admin -d bench -Atc "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%'")" = 0 ] || die 'roles are left'

  admin -d bench -Atc "SELECT 'DROP ROLE ' || string_agg('bare_' || n, ', ') || ';'
    FROM generate_series(1, $leases) AS n GROUP BY (n - 1) / 500" >"$work/drop.sql"
  cpu=$(cpu_now) start=$(seconds)
  admin -d bench -f "$work/drop.sql"
  bare=$(figure "$leases / ($(seconds) - $start)" %.0f)
  bare_cpu=$(figure "($(cpu_now) - $cpu) * 1000000 / $leases" %.0f)

  printf '%s %s %s %s\n' "$ours" "$bare" "$ours_cpu" "$bare_cpu" >>"$work/rates"
  printf '%-8s %-24s %-24s %s\n' "$round" "$ours  $ours_cpu" "$bare  $bare_cpu" "$(figure "$ours / $bare")"
done
column() { awk -v n="$1" '{ print $n }' "$work/rates" | median; }
printf '%-8s %-24s %-24s %.2f\n' median "$(column 1)  $(column 3)" "$(column 2)  $(column 4)" \
  "$(awk '{ print $1 / $2 }' "$work/rates" | median)"
