#!/usr/bin/env bash
# How many bytes a second the detectors read on one core (CPU time of one thread, the best of 15 rounds).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
printf 'load %s, %s\n' "$(cut -d' ' -f1 /proc/loadavg)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
if [ -z "${BIN:-}" ]; then
  swift build -c release --package-path "$root" --product detector-speed >&2
  BIN=$(swift build -c release --package-path "$root" --show-bin-path)
fi
exec "$BIN/detector-speed"
