import Foundation
import Testing

/// The fuzzers' short run, and what the long ones found.
@Suite struct FuzzTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz/finds")

  @Test(arguments: FuzzTarget.allCases) func `what a fuzzer found once stays found`(target: FuzzTarget) throws {
    let folder = Self.folder.appending(path: target.rawValue)
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    for file in files { target.run(Array(try Data(contentsOf: file))) }
  }

  /// Programs that were of use are changed a little and tried again.
  @Test(arguments: FuzzTarget.allCases) func `random inputs are read or refused, and never trap`(target: FuzzTarget) {
    let isSoak = ProcessInfo.processInfo.environment["ISSUER_SOAK"] != nil
    let seed = ProcessInfo.processInfo.environment["ISSUER_SEED"].flatMap { UInt64($0) } ?? 11
    var random = SeededGenerator(state: seed)
    var pool = (0..<64).map { _ in Self.fresh(&random) }
    for round in 0..<(isSoak ? 2_000_000 : 4_000) {
      var input = pool.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.change(&input, pool, &random) }
      target.run(input)
      if round % 16 == 0 { pool[Int.random(in: 0..<pool.count, using: &random)] = Array(input.prefix(400)) }
      if round % 64 == 0 { pool[Int.random(in: 0..<pool.count, using: &random)] = Self.fresh(&random) }
    }
  }

  private static let texts =
    [
      "\0\0\u{3}\0\0user\0a\0database\0b\0\0", "\0n,,n=,r=abc\0c=biws,r=abcdef,p=AAAA", "\0r=abcdef,s=c2FsdA==,i=1\0v=AAAA",
      "\0Q\0\0\0\u{d}select 1\0", "\u{1}Z\0\0\0\u{5}I", "\0\u{20}\0\u{3}\0\0user\0a\0options\0-c x=y\0\0",
    ].map { Array($0.utf8) } + [batches]

  /// A Query and its answer; Parse, Bind, Describe, Execute and Sync, and theirs (`BatchFuzzer`).
  private static let batches: [UInt8] = [0, 0, 0, 0, 2, 1, 0, 8, 0, 0, 10, 1, 0]

  @Test func `the batches of the fuzzer's corpus are taken whole, and their answers`() {
    var fuzzer = BatchFuzzer(Self.batches)
    #expect(fuzzer.run() == (2, 2))
  }

  private static func fresh(_ random: inout SeededGenerator) -> [UInt8] {
    if Bool.random(using: &random) { return texts.randomElement(using: &random)! }
    return (0..<Int.random(in: 1...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private static func change(_ input: inout [UInt8], _ pool: [[UInt8]], _ random: inout SeededGenerator) {
    let at = input.isEmpty ? 0 : Int.random(in: 0..<input.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0 where !input.isEmpty: input[at] = UInt8.random(in: 0...255, using: &random)
    case 1 where !input.isEmpty: input.remove(at: at)
    case 2: input.insert(UInt8.random(in: 0...255, using: &random), at: at)
    case 3: input = Array(input.prefix(at)) + pool.randomElement(using: &random)!.suffix(Int.random(in: 0...80, using: &random))
    default: input += input.prefix(Int.random(in: 0...20, using: &random))
    }
  }
}
