#!/usr/bin/env bash
# (c) From the call that revokes a lease until its backend is gone (the server's process itself), with 200 other live sessions: one after
# the other, and by eight callers at once; delivered directly and through the proxy.
#
#   benchmarks/revoke.sh [ROUNDS]      SESSIONS=200
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/cluster.sh"

rounds=${1:-3}
sessions=${SESSIONS:-200}
start_postgres
owner -c 'CREATE TABLE t1 (id int PRIMARY KEY, value text)'
set_up_issuer
start_issuerd
start_proxy
printf 'Load of the machine at the start: %s\n' "$(load_now)"
printf '%-10s %-8s %-12s %-12s %s\n' delivery callers 'p50 ms' 'p99 ms' "(medians of $rounds rounds of $sessions)"
for round in $(seq "$rounds"); do
  for scope in direct open; do
    for callers in 1 8; do
      progress "round $round: $scope, $callers"
      issuer-load revoke "$ISSUER_SOCKET" "$scope" "$sessions" "$callers" \
        | jq -r '"\(.p50Milliseconds) \(.p99Milliseconds)"' >>"$work/$scope.$callers"
    done
  done
done
for scope in direct open; do
  for callers in 1 8; do
    printf '%-10s %-8s %-12.1f %-12.1f\n' "${scope/open/proxy}" "$callers" "$(awk '{ print $1 }' "$work/$scope.$callers" | median)" \
      "$(awk '{ print $2 }' "$work/$scope.$callers" | median)"
  done
done
