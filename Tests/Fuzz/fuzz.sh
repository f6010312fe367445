#!/usr/bin/env bash
# Coverage-guided fuzzing of what reads bytes from strangers: frames, startup, scram, session, batch (Tests/ProxyTests/Fuzz/FuzzTarget.swift).
#
#   Tests/Fuzz/fuzz.sh [TARGET...]      each for FUZZ_SECONDS (60) seconds; SANITIZE=fuzzer,address for the slower, sharper run
#
# The corpus grows in .build/fuzz/corpus; an input that traps, hangs or takes too much memory is kept in Tests/Fuzz/finds/TARGET, where
# FuzzTests runs it ever after. Exit 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
seconds=${FUZZ_SECONDS:-60}
sanitize=${SANITIZE:-fuzzer}
out=${FUZZ_BUILD:-$root/.build/fuzz}/${sanitize//,/-}
[ $# -gt 0 ] || set -- frames startup scram session batch
mkdir -p "$out"

swift_module() { # NAME SWIFT-FILES...
  local name=$1
  shift
  swiftc -swift-version 6 -package-name issuer -O -enable-testing -sanitize="$sanitize" -parse-as-library -wmo -module-name "$name" \
    -Xcc -fmodule-map-file="$root/Sources/COpenSSL/module.modulemap" -Xcc -fmodule-map-file="$root/Sources/CLinux/module.modulemap" \
    -I "$out" -emit-module -emit-module-path "$out/$name.swiftmodule" -emit-object -o "$out/$name.o" "$@"
}

newest=$(find Sources/OpenSSL Sources/Reactor Sources/PostgresWire Sources/Proxy/Session Tests/ProxyTests Tests/Fuzz -name '*.swift' -newer "$out/fuzz" 2>/dev/null | head -n 1 || true)
if [ ! -x "$out/fuzz" ] || [ -n "$newest" ]; then
  swift_module OpenSSL Sources/OpenSSL/*.swift
  swift_module Reactor Sources/Reactor/*.swift
  mapfile -t wire < <(find Sources/PostgresWire -name '*.swift')
  swift_module PostgresWire "${wire[@]}"
  swift_module Proxy Sources/Proxy/Session/*.swift
  swiftc -swift-version 6 -package-name issuer -O -sanitize="$sanitize" -parse-as-library -wmo -module-name Fuzz \
    -Xcc -fmodule-map-file="$root/Sources/COpenSSL/module.modulemap" -Xcc -fmodule-map-file="$root/Sources/CLinux/module.modulemap" \
    -I "$out" -o "$out/fuzz" \
    Tests/Fuzz/FuzzMain.swift Tests/ProxyTests/Fuzz/FuzzTarget.swift Tests/ProxyTests/Fuzz/SessionFuzzer.swift \
    Tests/ProxyTests/Fuzz/BatchFuzzer.swift Tests/ProxyTests/Session/SessionHarness.swift Tests/ProxyTests/Session/SessionPair.swift \
    Tests/ProxyTests/Session/ModelBackend.swift Tests/ProxyTests/Session/WireNameLiteral.swift \
    "$out/OpenSSL.o" "$out/Reactor.o" "$out/PostgresWire.o" "$out/Proxy.o" -lssl -lcrypto
fi

failed=0
for target in "$@"; do
  corpus=$out/../corpus/$target
  finds=$root/Tests/Fuzz/finds/$target
  mkdir -p "$corpus" "$finds"
  # A corpus of its own for what has to look like text to get anywhere.
  printf '\000n,,n=,r=abc\000c=biws,r=abcdef,p=AAAA' >"$corpus/scram-server"
  printf '\000r=abcdef,s=c2FsdA==,i=1\000v=AAAA' >"$corpus/scram-client"
  printf '\000\000\003\000\000user\000a\000database\000b\000\000' >"$corpus/startup"
  printf '\000Q\000\000\000\015select 1\000' >"$corpus/frames"
  # A Query and its answer; Parse, Bind, Describe, Execute, Sync and theirs (BatchFuzzer).
  printf '\000\000\000\000\002\001\000\010\000\000\012\001\000' >"$corpus/batches"
  echo "fuzz: $target for $seconds s"
  FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no nice "$out/fuzz" "$corpus" -max_total_time="$seconds" -max_len=1024 -timeout=10 \
    -rss_limit_mb=1024 -artifact_prefix="$finds/" -print_final_stats=1 >"$out/$target.log" 2>&1 || failed=1
  grep -E 'stat::number_of_executed_units|SUMMARY|Test unit written' "$out/$target.log" || true
  [ -n "$(ls -A "$finds")" ] || rmdir "$finds"
done
exit $failed
