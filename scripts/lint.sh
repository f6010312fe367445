#!/usr/bin/env bash
# Style is a test: formatting, shell scripts, unit files, and the rules of the tree that no compiler checks.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
fail() { printf 'lint: %s\n' "$1" >&2; failed=1; }

swift format lint --strict -r Sources Tests Package.swift || fail "swift format: run 'swift format -i -r Sources Tests Package.swift'"

if command -v shellcheck >/dev/null; then
  git ls-files '*.sh' .ci/run | xargs -r shellcheck -S warning || fail "shellcheck"
fi

while read -r lines file; do
  [ "$file" = total ] || [ "$lines" -le 500 ] || fail "$file has $lines lines; a file holds one idea, at most 500 lines"
done < <(git ls-files 'Sources/*.swift' 'Tests/*.swift' | xargs -r wc -l)

# The walls of ARCHITECTURE.md.
grep -rlE '^import (Vault|Issuer|PostgresClient)$' Sources/Proxy Sources/issuer-proxy && fail "the proxy must not know the vault, the issuer or libpq"
grep -rlE '^import CSodium$' Sources --include='*.swift' | grep -v '^Sources/Sodium/' && fail "only Sodium calls libsodium"
grep -rlE '^import CPostgres$' Sources --include='*.swift' | grep -v '^Sources/PostgresClient/' && fail "only PostgresClient calls libpq"
grep -rlE '^import CPgQuery$' Sources --include='*.swift' | grep -v '^Sources/SQLAnalysis/' && fail "only SQLAnalysis calls libpg_query"
grep -rlE '^import (Foundation|CLinux|Glibc)$' Sources/PostgresWire && fail "PostgresWire is pure"
grep -rnE '\b(TODO|FIXME|XXX)\b' Sources sql --include='*.swift' --include='*.sql' && fail "unfinished business: do it, or write it in the docs"

# The images are not built here, so what their file names must be there, and be what a build by hand takes.
tools=${ISSUER_TEST_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/issuer-tests/venv}/bin
if [ -x "$tools/hadolint" ] && [ -x "$tools/check-jsonschema" ]; then
  # DL3008: Debian keeps no old versions, so a pinned one would fail at the next point release.
  "$tools/hadolint" --ignore DL3008 deploy/Dockerfile || fail "hadolint"
  "$tools/check-jsonschema" --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml || fail "compose.yaml"
else
  fail "hadolint and check-jsonschema are missing: scripts/dependencies.sh test installs them"
fi
while read -r word rest; do
  [ "$word" = COPY ] && [[ $rest != --from=* ]] || continue
  for path in ${rest% *}; do [ -e "$path" ] || fail "deploy/Dockerfile copies $path, which is not there"; done
done <deploy/Dockerfile
for package in $(sed -n 's/^packages=(\(.*\))$/\1/p' scripts/dependencies.sh); do
  grep -q "install.* $package " deploy/Dockerfile || fail "deploy/Dockerfile does not install $package, which scripts/dependencies.sh does"
done

if command -v systemd-analyze >/dev/null && [ -d deploy/systemd ]; then
  # It returns 0 on unknown keys, so its words count. The commands are not installed where this runs.
  said=$(systemd-analyze verify deploy/systemd/*.service 2>&1 | grep 'deploy/systemd\|issuer' | grep -v 'is not executable' || true)
  [ -z "$said" ] || fail "systemd-analyze verify: $said"
fi
[ "$failed" = 0 ] && echo "lint: clean"
exit "$failed"
