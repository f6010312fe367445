#!/usr/bin/env bash
# Brings the SQL of PostgreSQL 15's own regression tests, which the tests of the translator read and those of the proxy run, with the
# data that it loads, from Debian's source package, signed like any other. Nothing of it is kept in this repository.
# Usage: scripts/regress-sql.sh [DIRECTORY]
set -euo pipefail

directory=${1:-${ISSUER_REGRESS_SQL:-${XDG_CACHE_HOME:-$HOME/.cache}/issuer-tests/regress-15}}
[ -e "$directory/select.sql" ] && [ -e "$directory/data/onek.data" ] && [ -e "$directory/parallel_schedule" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/source"
# The archives of Debian that this machine installs from, asked for sources as well.
archives() { apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' 'Origin: Debian'; }
[ -n "$(archives)" ] || apt-get -q update >"$work/log" 2>&1 || true
# Any 15 will do: a release's own archive keeps its sources for good, the security archive the newest alone.
archives | grep -v -e '-security ' | sed 's|^|deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |' >"$work/sources.list"
apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists"
  -o APT::Sandbox::User= -o APT::Get::List-Cleanup=0)
echo "Fetching PostgreSQL's regression SQL to $directory"
if ! { "${apt[@]}" update && cd "$work/source" && "${apt[@]}" source --download-only postgresql-15; } >"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  echo "It could not be fetched. From src/test/regress of PostgreSQL 15's source put sql/*.sql, data and parallel_schedule into" >&2
  echo "$directory, or where ISSUER_REGRESS_SQL says." >&2
  exit 1
fi
archive=$(echo "$work"/source/postgresql-15_*.orig.tar.bz2)
tar -xjf "$archive" -C "$work" --strip-components=4 --wildcards '*/src/test/regress/sql/*.sql' \
  '*/src/test/regress/data/*' '*/src/test/regress/parallel_schedule'
# The schedule last: with it everything is there.
mkdir -p "$directory"
cp -r "$work"/sql/. "$work/data" "$directory/"
cp "$work/parallel_schedule" "$directory/"
