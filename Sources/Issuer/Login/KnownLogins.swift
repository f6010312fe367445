import OpenSSL
import PostgresWire
import Sodium
import Synchronization

/// What the next login of a lease does not have to find out again: the facts of the lease that never change, and its connect verifier,
/// which takes milliseconds to derive. Only who has proved the secret gets a lease in here, so strangers can neither fill it nor learn
/// from it.
///
/// It says nothing of whether a lease still lives: that is asked of the ledger at each login (`issuer.session_open`). Leases that ended are
/// forgotten all the same, so that no verifier is kept longer than it is good for.
final class KnownLogins: Sendable {
  /// Above it the lease whose last login is longest ago goes. Each holds a page of locked memory.
  static let countMax = 4096

  struct Known: Sendable {
    /// Nil for the one that fits nobody.
    var lease: LeaseForLogin?
    /// StoredKey and ServerKey (RFC 5802) behind one another.
    fileprivate var keys: SecretBytes
    fileprivate var usedAt: UInt64 = 0

    /// - Parameters: as the exchange has them; a lease's salt depends on its name alone.
    func verifier(salt: [UInt8], iterations: Int) -> ScramVerifier {
      var clear = keys.withBytes { bytes in bytes.indices.map { bytes[$0] } }
      defer { clear.wipe() }
      guard
        let verifier = ScramVerifier(
          iterations: iterations, salt: salt, storedKey: Array(clear[..<32]), serverKey: WipedBytes(clear[32...]))
      else { preconditionFailure("a verifier is kept as it was derived") }
      return verifier
    }
  }

  private struct State {
    var byRole: [String: Known] = [:]
    var roles: [String: String] = [:]
    var clock: UInt64 = 0

    mutating func forget(role: String) {
      if let lease = byRole.removeValue(forKey: role)?.lease { roles[lease.leaseID] = nil }
    }
  }

  private let countMax: Int
  private let nobody: Known
  private let state = Mutex(State())

  init(countMax: Int = KnownLogins.countMax) throws {
    self.countMax = countMax
    nobody = Known(lease: nil, keys: try .random(count: 64))
  }

  /// What is known of a role; for one that is not, or is of another database, something that costs the same to try and fits nobody.
  func find(role: String, database: String) -> Known {
    state.withLock { state in
      guard let index = state.byRole.index(forKey: role), state.byRole.values[index].lease?.database == database else {
        return nobody
      }
      state.clock += 1
      state.byRole.values[index].usedAt = state.clock
      return state.byRole.values[index]
    }
  }

  /// After a right proof.
  func remember(_ lease: LeaseForLogin, _ verifier: ScramVerifier) throws {
    var bytes = verifier.storedKey + verifier.serverKey.copied
    let keys = try SecretBytes(wiping: &bytes)
    state.withLock { state in
      if state.byRole.count >= countMax, state.byRole[lease.role] == nil,
        let oldest = state.byRole.min(by: { $0.value.usedAt < $1.value.usedAt })
      {
        state.forget(role: oldest.key)
      }
      state.clock += 1
      state.byRole[lease.role] = Known(lease: lease, keys: keys, usedAt: state.clock)
      state.roles[lease.leaseID] = lease.role
    }
  }

  func forget(leases: [String]) {
    state.withLock { state in
      for lease in leases { if let role = state.roles[lease] { state.forget(role: role) } }
    }
  }

  /// For when the ends of leases may have been missed.
  func forgetAll() {
    state.withLock { state in
      state.byRole = [:]
      state.roles = [:]
    }
  }

  var count: Int { state.withLock { $0.byRole.count } }
}
