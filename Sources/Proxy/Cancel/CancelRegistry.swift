import OpenSSL
import PostgresWire
import Synchronization

/// The keys that clients hold, and whose running query each may cancel. Keys are ours, random, and dead with their session: a
/// backend's own key never leaves the proxy.
final class CancelRegistry: Sendable {
  private struct Entry {
    var secret: [UInt8]
    var target: @Sendable () -> Void
  }
  private let entries = Mutex<[UInt32: Entry]>([:])

  /// A key of `secretBytes` (4 to 256) whose CancelRequest runs `target`, on whatever thread.
  func register(secretBytes: Int, target: @escaping @Sendable () -> Void) -> CancelKey {
    precondition((4...256).contains(secretBytes))
    let secret = randomBytes(secretBytes)
    return entries.withLock { entries in
      while true {
        // Clients show the number as a process id: positive.
        let number = randomBytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        guard number != 0, entries[number] == nil else { continue }
        entries[number] = Entry(secret: secret, target: target)
        return CancelKey(processID: number, secret: secret)!
      }
    }
  }

  func remove(_ key: CancelKey) {
    entries.withLock { $0[key.processID] = nil }
  }

  /// Runs the target of a right key; anything else does nothing, and the client learns nothing, as in PostgreSQL.
  func cancel(_ key: CancelKey) -> Bool {
    let entry = entries.withLock { $0[key.processID] }
    guard let entry, equalInConstantTime(entry.secret, key.secret) else { return false }
    entry.target()
    return true
  }
}
