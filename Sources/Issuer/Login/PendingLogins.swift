import PostgresWire
import Synchronization

/// A SCRAM exchange between its two messages. Whether there is a lease is asked after the proof only, so the first message costs and
/// tells the same for every name.
struct PendingLogin: Sendable {
  var clientFirst: ScramServer.ClientFirst
  var nonce: String
  var salt: [UInt8]
  var role: String
  var database: String
  var proxy: String
  var clientAddress: String
  var channelBinding: [UInt8]?
  var expires: ContinuousClock.Instant
}

/// Exchanges that wait for their proof. Each can be taken once.
final class PendingLogins: Sendable {
  static let waitSeconds = 30
  /// Above it new logins are refused: a flood must not fill memory.
  static let countMax = 20_000

  private let logins = Mutex<[String: PendingLogin]>([:])

  /// False when there are too many.
  func add(_ login: PendingLogin, id: String, now: ContinuousClock.Instant) -> Bool {
    logins.withLock { logins in
      if logins.count >= Self.countMax { logins = logins.filter { $0.value.expires > now } }
      guard logins.count < Self.countMax else { return false }
      logins[id] = login
      return true
    }
  }

  func take(_ id: String, now: ContinuousClock.Instant) -> PendingLogin? {
    logins.withLock { $0.removeValue(forKey: id) }.flatMap { $0.expires > now ? $0 : nil }
  }

  func removeExpired(now: ContinuousClock.Instant) {
    logins.withLock { logins in logins = logins.filter { $0.value.expires > now } }
  }
}
