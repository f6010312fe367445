import Synchronization

/// Connections that are not logged in yet, by address, so that one peer cannot hold every place with half a handshake.
final class HalfOpenCounter: Sendable {
  private let counts = Mutex<[String: Int]>([:])
  private let perAddressMax: Int

  init(perAddressMax: Int) { self.perAddressMax = perAddressMax }

  /// False when the address has as many as it may.
  func enter(_ address: String) -> Bool {
    counts.withLock { counts in
      let count = counts[address, default: 0]
      guard count < perAddressMax else { return false }
      counts[address] = count + 1
      return true
    }
  }

  func leave(_ address: String) {
    counts.withLock { counts in
      guard let count = counts[address] else { return }
      counts[address] = count > 1 ? count - 1 : nil
    }
  }
}
