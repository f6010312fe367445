#!/usr/bin/env bash
# The main job, step by step, on a private PostgreSQL 15 with a small shop in it. `make demo` runs it after building.
# KEEP=1 leaves everything running and prints how to connect. Nothing outside a temporary directory is touched.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
BIN=${BIN:?the directory of the built executables}
export PATH="$BIN:$PATH"
PG=/usr/lib/postgresql/15/bin
# Of scripts/dependencies.sh demo.
mcp=${XDG_CACHE_HOME:-$HOME/.cache}/issuer-tests/mcp-venv/bin
work=$(mktemp -d /tmp/issuer-demo.XXXXXX)
chmod 0755 "$work"
pids=()

if [ -t 1 ]; then bold=$'\e[1m'; dim=$'\e[2m'; green=$'\e[32m'; red=$'\e[31m'; off=$'\e[0m'; else bold=; dim=; green=; red=; off=; fi
step() { printf '\n%s== %s%s\n' "$bold" "$1" "$off"; }
say() { printf '%s%s%s\n' "$dim" "$1" "$off"; }
# Echoes a command as a person would type it, then runs it.
show() { printf '%s$ %s%s\n' "$green" "$*" "$off"; "$@"; }
die() { printf '%sThe demo failed: %s%s\n' "$red" "$1" "$off" >&2; exit 1; }
# A step that must be refused: the demo fails when it is not.
refused() { printf '%s$ %s%s\n' "$green" "$*" "$off"; if "$@"; then die "this should have been refused"; fi; }
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
free_port() { python3 - 2>/dev/null <<<'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' || shuf -i 20000-40000 -n 1; }
await() { # await SECONDS WHAT COMMAND...
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $until ] || die "waited too long for $what"; sleep 0.05; done
}

# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local status=$?
  trap - EXIT
  if [ $status -ne 0 ]; then
    for log in "$work"/issuerd.log "$work"/proxy.log "$work"/agent.log; do [ ! -s "$log" ] || { echo "--- $log"; tail -n 15 "$log"; } >&2; done
  fi
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  [ ${#pids[@]} = 0 ] || wait "${pids[@]}" 2>/dev/null || true
  [ ! -d "$work/data" ] || as_postgres "$PG/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT

# --- a private PostgreSQL with TLS -------------------------------------------------------------------------------------------------
step "A private PostgreSQL 15 with a shop of 1,500 customers"
db_port=$(free_port)
proxy_port=$(free_port)
mkdir "$work/tls" "$work/run"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=demo authority" \
  -keyout "$work/tls/ca.key" -out "$work/tls/ca.crt" 2>/dev/null
for name in server proxy; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout "$work/tls/$name.key" -out "$work/tls/$name.csr" 2>/dev/null
  openssl x509 -req -in "$work/tls/$name.csr" -CA "$work/tls/ca.crt" -CAkey "$work/tls/ca.key" -CAcreateserial -days 2 \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$work/tls/$name.crt" 2>/dev/null
done
chmod 0600 "$work"/tls/*.key
superuser_password=$(openssl rand -hex 16)
printf '%s\n' "$superuser_password" >"$work/superuser-password"
mkdir "$work/data"
[ "$(id -u)" != 0 ] || chown postgres "$work/data" "$work/superuser-password" "$work/tls/server.key"
as_postgres "$PG/initdb" -D "$work/data" -U postgres -A scram-sha-256 --pwfile="$work/superuser-password" --no-sync -E UTF8 \
  --locale=C.UTF-8 >/dev/null
as_postgres tee -a "$work/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $db_port
unix_socket_directories = ''
ssl = on
ssl_cert_file = '$work/tls/server.crt'
ssl_key_file = '$work/tls/server.key'
fsync = off
CONF
as_postgres "$PG/pg_ctl" -D "$work/data" -l "$work/data/server.log" -w start >/dev/null
[ "$(id -u)" != 0 ] || chown root "$work/superuser-password"
chmod 0600 "$work/superuser-password"
admin() { PGPASSWORD=$superuser_password psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$db_port" -U postgres "$@"; }
admin -c 'CREATE ROLE shop_owner NOLOGIN' -c 'CREATE DATABASE shop OWNER shop_owner'
admin -d shop -c 'ALTER SCHEMA public OWNER TO shop_owner' -c 'REVOKE CREATE, TEMP ON DATABASE shop FROM PUBLIC' \
  -c 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
PGOPTIONS='-c role=shop_owner' admin -d shop -f "$here/shop.sql" >/dev/null
say 'what the table really holds:'
admin -d shop -c 'SELECT id, full_name, email, tier FROM customers ORDER BY id LIMIT 2'

# --- the vault, the admin role, the ledger -----------------------------------------------------------------------------------------
step "Set up: a vault, an admin role of the issuer's own, the ledger"
export ISSUER_DIRECTORY="$work/issuer"
me=$(id -un)
say 'The superuser is used this once. Its password comes by standard input.'
show issuerctl init --cluster main \
  --admin-url "postgres://postgres@localhost:$db_port/postgres?sslmode=verify-full&sslrootcert=$work/tls/ca.crt" --password-fd 0 \
  --database shop --owner shop_owner --directory "$work/issuer" --state-directory "$work/state" --log-directory "$work/log" \
  --run-directory "$work/run" --proxy-port "$proxy_port" --proxy-user "$me" --operator "$me" <"$work/superuser-password"
say 'The file is sealed: its words do not show.'
show issuerctl vault status

cat >"$work/issuer/policy.yaml" <<POLICY
version: 1
cluster: main

identities:
  ada: {login: token, groups: [support]}     # in real life a Unix user; here everybody is on one host
  bela: {login: token, groups: [leads]}
  ci: {login: token, groups: [ci]}
  ada-agent: {login: token, groups: [agents]}
  $me: {login: unix, groups: [dba]}

operators: {users: [$me]}

databases:
  shop:
    masks:
      public.customers.email: email
      public.customers.phone: partial
      public.customers.born: year
      public.cards.card_number: last4

scopes:
  support-read:
    database: shop
    privileges: [{tables: ["public.*"], grant: [select]}]
    guardrails: [read-only]
    limits: {rowsMax: 10000, idleMax: 15m}
  support-write:
    database: shop
    privileges:
      - {tables: ["public.*"], grant: [select]}
      - {tables: [public.orders], grant: [update]}
    guardrails: [safe-writes]
  ci-report:
    database: shop
    privileges: [{tables: [public.orders, public.order_lines, public.products], grant: [select]}]
    delivery: [direct]
$(sed -n '/^  agent-read:/,/^$/p' "$here/../mcp/policy.yaml")

access:
  - {name: support-reads, who: {groups: [support]}, scopes: [support-read], lifetime: {default: 30m, max: 8h}}
  - name: support-writes
    who: {groups: [support]}
    scopes: [support-write]
    lifetime: {default: 15m, max: 1h}
    approvals: {count: 1, from: {groups: [leads]}}
  - {name: ci-reports, who: {groups: [ci]}, scopes: [ci-report], lifetime: {max: 1h}, reason: optional}
$(sed -n '/^access:/,$p' "$here/../mcp/policy.yaml" | tail -n +2)
POLICY
api_port=$(free_port)
sed -i -e "s|^# tls: .*|tls: {host: 127.0.0.1, port: $api_port, certificate: $work/tls/server.crt, key: $work/tls/server-copy.key}|" \
  -e "s|^proxyAddress: {\(.*\)}|proxyAddress: {\1, rootCertificate: $work/tls/ca.crt}|" \
  -e "s|^directAddress: {host: [^,]*, \(.*\)}|directAddress: {host: localhost, \1, rootCertificate: $work/tls/ca.crt}|" \
  "$work/issuer/issuerd.yaml"
cp "$work/tls/server.key" "$work/tls/server-copy.key"
sed -i -e "s|tcp: \"\*:|tcp: \"127.0.0.1:|" -e "s|^tls: .*|tls: {certificate: $work/tls/proxy.crt, key: $work/tls/proxy.key}|" "$work/issuer/proxy.yaml"
show issuerctl policy check

step "Run: issuerd holds the vault, issuer-proxy holds nothing"
issuerd --config "$work/issuer/issuerd.yaml" >"$work/issuerd.log" 2>&1 &
pids+=($!)
export ISSUER_SOCKET="$work/run/issuer.sock"
await 30 "issuerd" issuerctl status --ready
issuer-proxy --config "$work/issuer/proxy.yaml" >"$work/proxy.log" 2>&1 &
pids+=($!)
proxy_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$proxy_port") 2>/dev/null; }
await 30 "issuer-proxy" proxy_answers
for who in ada bela ci ada-agent; do issuerctl token create $who --for 1h --output "$work/$who.token" >/dev/null; done
# Each of them calls from afar, with a token, over TLS.
ada() { env -u ISSUER_SOCKET ISSUER_URL="https://localhost:$api_port" ISSUER_CA_FILE="$work/tls/ca.crt" ISSUER_TOKEN_FILE="$work/ada.token" XDG_CONFIG_HOME="$work/ada" "$@"; }
bela() { env -u ISSUER_SOCKET ISSUER_URL="https://localhost:$api_port" ISSUER_CA_FILE="$work/tls/ca.crt" ISSUER_TOKEN_FILE="$work/bela.token" XDG_CONFIG_HOME="$work/bela" "$@"; }
ci() { env -u ISSUER_SOCKET ISSUER_URL="https://localhost:$api_port" ISSUER_CA_FILE="$work/tls/ca.crt" ISSUER_TOKEN_FILE="$work/ci.token" XDG_CONFIG_HOME="$work/ci" "$@"; }
show issuerctl scopes

# --- masked reading ----------------------------------------------------------------------------------------------------------------
step "Ada reads: granted at once by policy; e-mail and card masked"
mkdir -p "$work"/{ada,bela,ci}
show ada issuerctl connect support-read --reason INC-4711 -- -X \
  -c 'SELECT c.id, full_name, email, born, card_number FROM customers c JOIN cards ON customer_id = c.id ORDER BY c.id LIMIT 3'

step "The same person tries what she should not"
refused ada issuerctl connect support-read --reason INC-4711 -- -X -v ON_ERROR_STOP=1 -c 'DROP/**/TABLE customers'
say 'and a trick: cast the whole row to text, past every column name. PostgreSQL itself refuses what the shadow view does not show.'
show ada issuerctl connect support-read --reason INC-4711 -- -X -c "SELECT c::text FROM customers c ORDER BY id LIMIT 1"
refused ada issuerctl connect support-read --reason INC-4711 -- -X -v ON_ERROR_STOP=1 \
  -c "SELECT query_to_xml('SELECT email FROM public.customers LIMIT 1', true, false, '')"

# --- approval ----------------------------------------------------------------------------------------------------------------------
step "Ada asks for more: somebody else must approve"
request=$(ada issuerctl grant support-write --for 15m --reason INC-4712 --no-wait || [ $? = 6 ])
show ada issuerctl requests
refused ada issuerctl approve "$request"
show bela issuerctl approve "$request" --comment 'agreed on the phone'
ada issuerctl grant --request "$request" --format pgpass >"$work/ada/pgpass"
chmod 0600 "$work/ada/pgpass"
ada_role=$(cut -d: -f4 "$work/ada/pgpass")
as_ada() { PGPASSFILE="$work/ada/pgpass" PGSSLMODE=verify-full PGSSLROOTCERT="$work/tls/ca.crt" psql -X -h localhost -p "$proxy_port" -U "$ada_role" -d shop "$@"; }
show as_ada -c "UPDATE orders SET status = 'returned' WHERE id = 7 RETURNING id, status"
refused as_ada -v ON_ERROR_STOP=1 -c "UPDATE orders SET status = 'returned'"

# --- CI ----------------------------------------------------------------------------------------------------------------------------
step "A CI job: credentials for as long as the command runs"
show ci issuerctl run ci-report -- psql -X -c 'SELECT status, count(*) FROM orders GROUP BY status ORDER BY status'
say 'and revoked when it ended:'
show issuerctl leases --all --state dropped

# --- an agent ----------------------------------------------------------------------------------------------------------------------
step "An AI agent's MCP server: a socket without a password, for as long as it runs"
sed -e "s|https://issuer.example:8443|https://localhost:$api_port|" -e "s|\"mcp-alchemy\"|\"$mcp/mcp-alchemy\"|" \
  -e "s|/home/ada/.config/issuer/agent.token|$work/ada-agent.token\", \"ISSUER_CA_FILE\": \"$work/tls/ca.crt|" "$here/../mcp/mcp.json" >"$work/mcp.json"
say 'A model would think of these; a short program plays it.'
show "$mcp/python" "$here/../mcp/agent.py" "$work/mcp.json" shop \
  'SELECT c.id, email, card_number FROM customers c JOIN cards ON customer_id = c.id ORDER BY c.id LIMIT 1' \
  'DELETE FROM orders WHERE id = 7' 2>"$work/agent.log"
show issuerctl audit search --person ada-agent --kind statement --text 'DELETE' "$work/log/issuer-proxy"

# --- the end -----------------------------------------------------------------------------------------------------------------------
step "A lease runs out in the middle of a query"
ada issuerctl grant support-read --for 4s --reason INC-4713 --format pgpass >"$work/ada/pgpass"
ada_role=$(cut -d: -f4 "$work/ada/pgpass")
refused as_ada -v ON_ERROR_STOP=1 -c "SELECT 'asleep' AS said, pg_sleep(60)"
role_gone() { [ "$(admin -d shop -Atc "SELECT count(*) FROM pg_roles WHERE rolname = '$ada_role'")" = 0 ]; }
await 20 "the end of the role" role_gone
show admin -d shop -c "SELECT count(*) AS roles_left FROM pg_roles WHERE rolname = '$ada_role'" \
  -c "SELECT count(*) AS backends_left FROM pg_stat_activity WHERE usename = '$ada_role'"

# --- the record --------------------------------------------------------------------------------------------------------------------
step "What was done is on the record"
# Heads are signed every 5 s; until then a cut tail could not be told.
checkpointed() { admin -d issuer -Atc "SELECT count(*) FROM issuer.checkpoint WHERE writer = 'proxy-1' AND sequence > 9" | grep -qx '[1-9][0-9]*'; }
session=$(issuerctl audit search --person ada --kind statement --text 'query_to_xml' --format json "$work/log/issuer-proxy" | jq -rs '[.. | .session? // empty] | first')
show issuerctl audit replay "$session" --instant "$work/log/issuer-proxy"
await 15 "a signed checkpoint of the proxy's log" checkpointed
show issuerctl audit verify --live "$work/log/issuer" "$work/log/issuer-proxy"
say 'Somebody rewrites a line of a copy of the log:'
cp -r "$work/log/issuer-proxy" "$work/log/tampered"
segment=$(grep -rl 'DROP/\*\*/TABLE' "$work/log/tampered" | head -n 1)
sed -i 's|DROP/\*\*/TABLE|SELECT 1 FROM  |' "$segment"
refused issuerctl audit verify --live "$work/log/tampered"
say 'or cuts off its end, where the chain alone cannot tell; the ledger remembers how far it went:'
cp -r "$work/log/issuer-proxy" "$work/log/cut"
sed -i '9,$d' "$(find "$work/log/cut" -name '*.jsonl' | sort | head -n 1)"
refused issuerctl audit verify --live "$work/log/cut"

if [ -n "${KEEP:-}" ]; then
  step "Left running, as you asked"
  ada issuerctl grant support-read --for 8h --reason KEEP --format pgpass >"$work/ada/pgpass"
  ada_role=$(cut -d: -f4 "$work/ada/pgpass")
  cat <<KEEP
Connect:   PGPASSFILE=$work/ada/pgpass PGSSLROOTCERT=$work/tls/ca.crt psql "host=localhost port=$proxy_port dbname=shop user=$ada_role sslmode=verify-full"
Ask:       export ISSUER_DIRECTORY=$ISSUER_DIRECTORY ISSUER_SOCKET=$ISSUER_SOCKET PATH=$BIN:\$PATH; issuerctl status
Stop:      press Ctrl-C here; everything is removed.
KEEP
  trap 'exit 0' INT TERM
  wait "${pids[@]}"
fi

step "Nothing is left behind"
say 'The daemons stop, the server stops, the directory goes.'
