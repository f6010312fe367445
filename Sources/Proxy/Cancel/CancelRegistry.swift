import OpenSSL
import PostgresWire
import Synchronization

/// The keys that clients hold, and whose running query each may cancel. A key has the backend's process number, which clients show
/// and give to `pg_cancel_backend`, and a random secret of ours that dies with the session: the backend's own never leaves the proxy.
final class CancelRegistry: Sendable {
  /// Cancels, and says so when the server has been told (or could not be).
  typealias Target = @Sendable (_ done: @escaping @Sendable () -> Void) -> Void

  private struct Entry {
    var key: CancelKey
    var target: Target
  }
  /// Clients read the number as a signed one.
  private static let numberMax: UInt32 = 0x7fff_ffff
  /// A bit beyond every process number of a kernel (Linux: below 2^22).
  private static let noProcess: UInt32 = 0x4000_0000
  private let entries = Mutex<[UInt32: Entry]>([:])

  /// A key of `secretBytes` (4 to 256) whose CancelRequest runs `target`, on whatever thread. It has another process number than the
  /// backend's when that one is taken (by a session that is just ending, or of another server behind the same address) or is none: a
  /// number that no process has, so that nobody stops the wrong backend with it.
  func register(processID: UInt32, secretBytes: Int, target: @escaping Target) -> CancelKey {
    precondition((4...256).contains(secretBytes))
    let secret = randomBytes(secretBytes)
    return entries.withLock { entries in
      var number = processID
      while !(1...Self.numberMax).contains(number) || entries[number] != nil {
        number = randomBytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & Self.numberMax | Self.noProcess
      }
      let key = CancelKey(processID: number, secret: secret)!
      entries[number] = Entry(key: key, target: target)
      return key
    }
  }

  /// Forgets the key of this process number.
  func remove(_ processID: UInt32) {
    entries.withLock { $0[processID] = nil }
  }

  /// Runs the target of a right key; anything else does nothing, and the client learns nothing, as in PostgreSQL.
  /// - Returns: whether the key was right; only then `done` is called.
  func cancel(_ key: CancelKey, done: @escaping @Sendable () -> Void = {}) -> Bool {
    let entry = entries.withLock { $0[key.processID] }
    guard let entry, equalInConstantTime(entry.key.secret, key.secret) else { return false }
    entry.target(done)
    return true
  }
}
