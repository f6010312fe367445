#!/usr/bin/env bash
# User instructions for each transaction of `pgbench -S` with one client: the proxy with everything on and without guardrails, and
# pgbouncer, counted by valgrind --tool=callgrind, so that they are the same on a busy machine. What lies between two runs that differ
# only in length is divided by the difference.
#
#   benchmarks/proxy-instructions.sh [MODE...]      modes: prepared extended simple; all without a name
#   TRANSACTIONS=2000
modes=${*:-prepared extended simple}
transactions=${TRANSACTIONS:-2000}
command -v valgrind >/dev/null || { echo 'valgrind is missing: apt-get install valgrind' >&2; exit 1; }
# Called by proxy-sides.sh when the directory and the binaries are known. Valgrind 3.19 does not read the debugging information of Swift.
# shellcheck disable=SC2034,SC2317
more_tables() {
  strip -g -o "$work/issuer-proxy" "$(command -v issuer-proxy)"
  PROXY=$work/issuer-proxy
  PROXY_UNDER="valgrind --quiet --tool=callgrind --vgdb-prefix=$work/vgdb --callgrind-out-file=$work/calls.%p"
  PGBOUNCER_UNDER="valgrind --quiet --tool=callgrind --vgdb-prefix=$work/pgbouncer/vgdb --callgrind-out-file=$work/pgbouncer/calls.%p"
}
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/proxy-sides.sh"

# counted SIDE MODE COUNT: instructions of a run, login and end included.
counted() {
  local in=$work as=
  if [ "$1" = pgbouncer ]; then in=$work/pgbouncer as=as_postgres; fi
  pgbench -n -p "${port[$1]}" -U "${user[$1]}" -S -M "$2" -c 1 -t "$3" bench >"$work/out" 2>&1 || die "$1: $(tail -n 3 "$work/out")"
  $as callgrind_control "--vgdb-prefix=$in/vgdb" -d "${pid[$1]}" >/dev/null 2>&1
  # shellcheck disable=SC2012
  awk '/^(summary|totals):/ { print $2; exit }' "$(ls -t "$in/calls.${pid[$1]}".* | head -n 1)"
}

printf '\n%-12s %-12s %s\n' 'pgbench -S' side 'instructions a transaction'
for mode in $modes; do
  for side in pgbouncer proxy guarded; do
    counted "$side" "$mode" 100 >/dev/null
    short=$(counted "$side" "$mode" 100)
    long=$(counted "$side" "$mode" $((100 + transactions)))
    printf '%-12s %-12s %s\n' "$mode" "$side" $(((long - short) / transactions))
  done
done
