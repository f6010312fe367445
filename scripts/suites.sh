#!/usr/bin/env bash
# suites.sh TARGET...: makes each, the later ones also where an earlier one failed, and closes with what failed and why: the end of a
# long log is what one sees of it in CI. The whole logs are in .build/logs.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build/logs
failed=()
for suite in "$@"; do
  make --no-print-directory "$suite" 2>&1 | tee ".build/logs/$suite.log" || failed+=("$suite")
done
[ ${#failed[@]} -gt 0 ] || exit 0
for suite in "${failed[@]}"; do
  printf '\n==== failed: make %s\n' "$suite"
  # Each issue with the lines that explain it; a run that ended early names no issue, but the test that it ended in.
  grep -A 4 -E '^✘ Test .*recorded an issue|^lint: |error: ' ".build/logs/$suite.log" | grep -vE '^(◇|✔)' | cut -c 1-600 | head -n 80 ||
    tail -n 20 ".build/logs/$suite.log"
done
exit 1
