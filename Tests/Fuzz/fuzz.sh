#!/usr/bin/env bash
# Coverage-guided fuzzing of what reads bytes from strangers: frames, startup, scram, session, batch (Tests/ProxyTests/Fuzz/FuzzTarget.swift), and
# translation (Tests/SQLAnalysisTests/TranslationPromises.swift).
#
#   Tests/Fuzz/fuzz.sh [TARGET...]      each for FUZZ_SECONDS (60) seconds; SANITIZE=fuzzer,address for the slower, sharper run
#
# The corpus grows in .build/fuzz/corpus; an input that traps, hangs or takes too much memory is kept in Tests/Fuzz/finds/TARGET, where
# FuzzTests and PropertyTests run it ever after. Exit 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
seconds=${FUZZ_SECONDS:-60}
sanitize=${SANITIZE:-fuzzer}
out=${FUZZ_BUILD:-$root/.build/fuzz}/${sanitize//,/-}
[ $# -gt 0 ] || set -- frames startup scram session batch translation
mkdir -p "$out"

compile() { # SWIFTC-ARGUMENTS...
  local maps=()
  for map in COpenSSL CLinux CPgQuery; do maps+=(-Xcc "-fmodule-map-file=$root/Sources/$map/module.modulemap"); done
  swiftc -swift-version 6 -package-name issuer -O -sanitize="$sanitize" -parse-as-library -wmo "${maps[@]}" -I "$out" "$@"
}

swift_module() { # NAME SWIFT-FILES...
  local name=$1
  shift
  compile -enable-testing -module-name "$name" -emit-module -emit-module-path "$out/$name.swiftmodule" -emit-object -o "$out/$name.o" "$@"
}

stale() { # PROGRAM FOLDERS...
  local program=$out/$1
  shift
  [ ! -x "$program" ] || [ -n "$(find "$@" Tests/Fuzz -name '*.swift' -newer "$program" | head -n 1)" ]
}

build_fuzz() {
  stale fuzz Sources/OpenSSL Sources/Reactor Sources/PostgresWire Sources/Proxy/Session Tests/ProxyTests || return 0
  swift_module OpenSSL Sources/OpenSSL/*.swift
  swift_module Reactor Sources/Reactor/*.swift
  mapfile -t wire < <(find Sources/PostgresWire -name '*.swift')
  swift_module PostgresWire "${wire[@]}"
  swift_module Proxy Sources/Proxy/Session/*.swift
  compile -module-name Fuzz -o "$out/fuzz" Tests/Fuzz/FuzzMain.swift Tests/ProxyTests/Fuzz/{FuzzTarget,SessionFuzzer,BatchFuzzer}.swift \
    Tests/ProxyTests/Session/{SessionHarness,SessionPair,ModelBackend,WireNameLiteral}.swift \
    "$out/OpenSSL.o" "$out/Reactor.o" "$out/PostgresWire.o" "$out/Proxy.o" -lssl -lcrypto
}

build_translation() {
  stale translation Sources/SQLAnalysis Tests/SQLAnalysisTests || return 0
  mapfile -t analysis < <(find Sources/SQLAnalysis -name '*.swift')
  swift_module SQLAnalysis "${analysis[@]}"
  compile -module-name Translation -o "$out/translation" Tests/Fuzz/FuzzTranslation.swift \
    Tests/SQLAnalysisTests/{TranslationPromises,ShopShadows,EveryLookup}.swift "$out/SQLAnalysis.o" -lpg_query
}

# A corpus of its own for what has to look like text, or like a program, to get anywhere.
sow() { # TARGET FOLDER
  if [ "$1" = translation ]; then
    cp Tests/Attacks/*.sql Tests/Benign/*.sql "$2"
    awk -v folder="$2" '/^--[>#]/ { next } NF { file = folder "/case-" ++number; print >file; close(file) }' Tests/SQLCases/*.sql
    return
  fi
  printf '\000n,,n=,r=abc\000c=biws,r=abcdef,p=AAAA' >"$2/scram-server"
  printf '\000r=abcdef,s=c2FsdA==,i=1\000v=AAAA' >"$2/scram-client"
  printf '\000\000\003\000\000user\000a\000database\000b\000\000' >"$2/startup"
  printf '\000Q\000\000\000\015select 1\000' >"$2/frames"
  # A Query and its answer; Parse, Bind, Describe, Execute, Sync and theirs (BatchFuzzer).
  printf '\000\000\000\000\002\001\000\010\000\000\012\001\000' >"$2/batches"
}

failed=0
for target in "$@"; do
  program=fuzz
  [ "$target" != translation ] || program=translation
  "build_$program"
  corpus=$out/../corpus/$target
  finds=$root/Tests/Fuzz/finds/$target
  mkdir -p "$corpus" "$finds"
  sow "$target" "$corpus"
  echo "fuzz: $target for $seconds s"
  FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no nice "$out/$program" "$corpus" -max_total_time="$seconds" -max_len=1024 -timeout=10 \
    -rss_limit_mb=1024 -artifact_prefix="$finds/" -print_final_stats=1 >"$out/$target.log" 2>&1 || failed=1
  grep -E 'stat::number_of_executed_units|SUMMARY|Test unit written' "$out/$target.log" || true
  [ -n "$(ls -A "$finds")" ] || rmdir "$finds"
done
exit $failed
