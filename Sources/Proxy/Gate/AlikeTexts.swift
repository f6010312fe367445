import Reactor
import SQLAnalysis

/// Verdicts for texts that differ only in constants: what an ORM writes, or `pgbench -M simple`. A text that was judged whole stands for
/// all that have its bytes between the constants, constants of the same kinds (`TextConstants`), and its values wherever the analysis
/// may have looked at one (`ParsedText.freeConstants`). Where they name something masked, they share a translation as well, which is
/// moved to the places of each (`Translation.moved`).
final class AlikeTexts {
  static let shapesMax = 2048
  /// Texts that differ in constants that are looked at.
  static let variantsMax = 4
  /// Of memory, of all of them together.
  static let bytesMax = 16 << 20

  /// What a text is judged as.
  struct Found {
    var entry: StatementEntry
    /// Its own constants.
    var constants: [TextConstants.Constant]
    /// Of texts that are alike.
    var translations: TranslationMemory
  }

  private struct Known {
    var policy: Int
    var entry: StatementEntry
    var constants: [TextConstants.Constant]
    var isFree: [Bool]
    let translations = TranslationMemory()
  }
  private var shapes: [UInt64: [Known]] = [:]
  private var bytes = 0
  private var reader = TextConstants()

  /// One that was judged whole.
  func find(_ text: RawSpan, policy: Int, seed: UInt64) -> Found? {
    guard text.withBytes({ reader.read($0) }), !reader.constants.isEmpty else { return nil }
    guard let variants = shapes[key(text, policy, seed)] else { return nil }
    for known in variants where known.policy == policy && isAlike(text, known) {
      return Found(entry: known.entry, constants: reader.constants, translations: known.translations)
    }
    return nil
  }

  /// Takes in a text that was judged whole.
  func keep(_ entry: StatementEntry, policy: Int, seed: UInt64) {
    let text = entry.text
    guard let parsed = entry.parsed, entry.nameEffects.isEmpty, !parsed.executesPrepared,
      SQLAnalyser.isQuick(bytes: text.count),
      reader.read(text.span), let isFree = parsed.freeConstants(reader.constants), isFree.contains(true)
    else { return }
    if shapes.count >= Self.shapesMax || bytes + entry.footprintBytes > Self.bytesMax { removeAll() }
    let known = Known(policy: policy, entry: entry, constants: reader.constants, isFree: isFree)
    let key = text.withSpan { self.key($0, policy, seed) }
    var variants = shapes[key] ?? []
    if variants.count >= Self.variantsMax { bytes -= variants.removeFirst().entry.footprintBytes }
    variants.append(known)
    bytes += entry.footprintBytes
    shapes[key] = variants
  }

  func removeAll() {
    shapes.removeAll(keepingCapacity: true)
    bytes = 0
  }

  /// Of what stands between the constants that were read last, and their kinds.
  private func key(_ text: RawSpan, _ policy: Int, _ seed: UInt64) -> UInt64 {
    var hash = seed ^ UInt64(policy) &* 0x9E37_79B9_7F4A_7C15
    var start = 0
    for constant in reader.constants {
      hash = text.extracting(start..<constant.range.lowerBound).hash(seed: hash) ^ UInt64(constant.kind.rawValue)
      start = constant.range.upperBound
    }
    return text.extracting(start..<text.byteCount).hash(seed: hash)
  }

  /// Whether the text whose constants were read last may be judged as another.
  private func isAlike(_ text: RawSpan, _ known: Known) -> Bool {
    guard reader.constants.count == known.constants.count else { return false }
    var (mine, its) = (0, 0)
    for index in known.constants.indices {
      let (constant, other) = (reader.constants[index], known.constants[index])
      guard constant.kind == other.kind,
        text.extracting(mine..<constant.range.lowerBound).equals(known.entry.text, in: its..<other.range.lowerBound),
        known.isFree[index] || text.extracting(constant.range).equals(known.entry.text, in: other.range)
      else { return false }
      (mine, its) = (constant.range.upperBound, other.range.upperBound)
    }
    return text.extracting(mine..<text.byteCount).equals(known.entry.text, in: its..<known.entry.text.count)
  }
}
