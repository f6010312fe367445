#!/usr/bin/env bash
# Installs the Debian packages that a step needs, or says exactly what to install where it may not.
# Usage: scripts/dependencies.sh build | demo | test
set -euo pipefail

packages=(libpq-dev libssl-dev libsodium-dev libpg-query-dev libcurl4-openssl-dev pkg-config)
case ${1:-} in
  build) ;;
  demo) packages+=(postgresql-15 openssl jq) ;;
  test) packages+=(postgresql-15 openssl jq python3 python3-venv shellcheck systemd curl sqlsmith bzip2) ;;
  *) echo "usage: scripts/dependencies.sh build|demo|test" >&2; exit 64 ;;
esac

if ! command -v swift >/dev/null; then
  echo "Swift is missing: install Swift 6.3 or later (swift.org/install) and put it on PATH." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    printf 'These Debian packages are missing. Run this, then try again:\n  sudo %s\n' "$install" >&2
    exit 1
  fi
  echo "Installing: ${missing[*]}"
  # Nobody asked for a server on port 5432: the tests and the demo start their own.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive $install -o Dpkg::Options::=--force-confold; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Installing failed; the lines above say why. The command was: $install" >&2
    exit 1
  fi
  rm -f "$log"
fi

if [ "${1}" = test ]; then "$(dirname "$0")/regress-sql.sh"; fi

# psycopg is a client that the tests drive; it lives in a virtual environment of its own.
if [ "${1}" = test ]; then
  venv=${ISSUER_TEST_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/issuer-tests/venv}
  if ! "$venv/bin/python" -c 'import psycopg' 2>/dev/null; then
    echo "Making the Python environment of the tests in $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9'
  fi
fi
