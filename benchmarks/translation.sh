#!/usr/bin/env bash
# What parsing and translating a statement costs, in microseconds of CPU time, and what it costs when the proxy has seen it before.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
printf 'load %s, %s\n' "$(cut -d' ' -f1 /proc/loadavg)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
if [ -z "${BIN:-}" ]; then
  # It looks into the gate, as tests do, so it is built apart from what is installed.
  build=(swift build -c release -Xswiftc -enable-testing -Xswiftc -DSEES_THE_GATE --package-path "$root"
    --scratch-path "$root/.build/translation-speed")
  "${build[@]}" --product translation-speed >&2
  BIN=$("${build[@]}" --show-bin-path)
fi
exec "$BIN/translation-speed"
