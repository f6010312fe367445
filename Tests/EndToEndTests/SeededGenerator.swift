import Foundation

/// SplitMix64: one seed replays a run. `ISSUER_SEED` sets another.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  static var seed: UInt64 { ProcessInfo.processInfo.environment["ISSUER_SEED"].flatMap { UInt64($0) } ?? 20_260_803 }
  /// How much longer `make soak` runs.
  static var soakFactor: Int { ProcessInfo.processInfo.environment["ISSUER_SOAK"] == nil ? 1 : 50 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
