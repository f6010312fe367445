import OpenSSL
import Policy
import Reactor

/// Verdicts by statement bytes and policy, of one worker. Bounded; texts that were parsed once cost a hash and a comparison. The
/// hash is seeded at random, so that nobody can choose texts that push each other out.
final class VerdictCache {
  static let entriesMax = 8192
  /// Of memory, trees and all. A text of which a client could fill the cache with a few is parsed each time.
  static let entryBytesMax = 4 << 20
  static let bytesMax = 64 << 20

  private struct Slot {
    var policy: Int
    var entry: StatementEntry
  }
  private var slots: [UInt64: Slot] = [:]
  private let alike = AlikeTexts()
  private var bytes = 0
  private let seed: UInt64
  /// Policies seen by this worker, most of them shared by many sessions.
  private var policies: [SharedPolicy] = []

  init() {
    seed = randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The one that stands for all equal policies.
  func shared(_ policy: SessionPolicy) -> SharedPolicy {
    if let known = policies.first(where: { $0.policy == policy }) { return known }
    if policies.count >= 256 {
      // Numbers must not come back with another meaning while a cached verdict bears one.
      removeAll()
      policies = []
      epoch += 1
    }
    let fresh = SharedPolicy(policy, number: policies.count + epoch << 32)
    policies.append(fresh)
    return fresh
  }
  private var epoch = 0

  func find(_ text: RawSpan, policy: Int) -> StatementEntry? {
    guard let slot = slots[key(text, policy)], slot.policy == policy, text.equals(slot.entry.text) else { return nil }
    return slot.entry
  }

  /// The judgement of a text that differs from one that is known only in constants that no judgement looked at.
  func findAlike(_ text: RawSpan, policy: Int) -> StatementEntry? {
    alike.find(text, policy: policy, seed: seed).map { StatementEntry(text: text.copied, $0) }
  }

  func keep(_ entry: StatementEntry, policy: Int) {
    guard entry.footprintBytes <= Self.entryBytesMax else { return }
    alike.keep(entry, policy: policy, seed: seed)
    // A full cache starts anew: what is in use comes back at once, and no order has to be kept for the rest.
    if slots.count >= Self.entriesMax || bytes + entry.footprintBytes > Self.bytesMax { removeAll() }
    if let old = slots.updateValue(Slot(policy: policy, entry: entry), forKey: entry.text.withSpan { key($0, policy) }) {
      bytes -= old.entry.footprintBytes
    }
    bytes += entry.footprintBytes
  }

  private func removeAll() {
    slots.removeAll(keepingCapacity: true)
    alike.removeAll()
    bytes = 0
  }

  private func key(_ text: RawSpan, _ policy: Int) -> UInt64 { text.hash(seed: seed ^ UInt64(policy) &* 0x9E37_79B9_7F4A_7C15) }
}
