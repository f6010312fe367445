import IssuerAPI
import PostgresClient
import PostgresWire
import Sodium
import Synchronization
import Vault

/// Changes the admin's password so that no crash locks the issuer out: the new one is sealed before it is set, and promoted only after a
/// login with it over the real path. At every moment one of the vault's passwords logs in.
final class AdminRotation: Sendable {
  /// The points between which a crash is survived; tests stop at each.
  enum Step: String, Sendable, CaseIterable {
    case lifelineOpened, pendingSealed, passwordSet, newLoginVerified, promoted
  }

  /// Thrown by a test's fault to stop the rotation as a crash would.
  struct Interrupted: Error {}

  let vault: Vault
  let connector: LedgerConnector
  /// Called after each step; throws in tests only.
  private let fault: @Sendable (Step) throws -> Void
  private let isRotating = Mutex(false)

  init(vault: Vault, connector: LedgerConnector, fault: @escaping @Sendable (Step) throws -> Void = { _ in }) {
    self.vault = vault
    self.connector = connector
    self.fault = fault
  }

  /// Rotates now. Blocks its thread: call it from one that may wait.
  func rotate() throws -> RotationReport {
    guard
      isRotating.withLock({ rotating in
        defer { rotating = true }
        return !rotating
      })
    else { throw APIError.conflict("the password is being rotated just now", next: "wait for that to end") }
    defer { isRotating.withLock { $0 = false } }

    var steps: [String] = []
    // The lifeline stays logged in whatever becomes of the password: through it the change can be taken back. Its advisory lock keeps
    // other issuers on this ledger from rotating at the same time.
    let lifeline = try connector.ledger("rotation")
    guard
      try lifeline.query("SELECT pg_try_advisory_lock(hashtext('issuer'), hashtext('rotation')) AS mine").single().boolean("mine")
    else { throw APIError.conflict("another issuer rotates the password just now", next: "wait for that to end") }
    // A pending password that is the only right one must not be overwritten.
    try settle()
    let user = try connector.credential().user
    steps.append("a session of \(user) stays open to change the password back, should the new one not work")
    try fault(.lifelineOpened)

    let fresh = try SecretBytes(utf8: SecretBytes.random(count: 32).revealedBase64URL())
    try seal { $0.pending = fresh }
    steps.append("the new password is sealed in the vault as pending")
    try fault(.pendingSealed)

    try Self.set(fresh, for: user, over: lifeline)
    steps.append("PostgreSQL has a SCRAM verifier of the new password")
    try fault(.passwordSet)

    do {
      try verify(fresh)
    } catch {
      // Not the password's fault perhaps (pg_hba, a full server), but unproved is not promoted: back to what works.
      try Self.set(connector.credential().secret.current, for: user, over: lifeline)
      try seal { $0.pending = nil }
      throw APIError.unavailable(
        "the new password did not log in over the real path, so the old one was set again: \(error)",
        next: "look at pg_hba.conf and the server's log, then rotate again")
    }
    steps.append("a new login with it worked")
    try fault(.newLoginVerified)

    try seal { $0.promote() }
    steps.append("it is the current one in the vault; the one before opens nothing any more")
    try fault(.promoted)
    try lifeline.query("SELECT issuer.admin_rotated($1)", [user])
    let now = try lifeline.query("SELECT issuer.rfc3339(clock_timestamp()) AS now").single().string("now")
    return RotationReport(target: "admin", role: user, rotatedAt: now, steps: steps)
  }

  /// Whether the last rotation, by whichever issuer, is this long ago, or none is known.
  func isDue(everySeconds: Int) throws -> Bool {
    try connector.ledger("rotation").query(
      """
      SELECT NOT EXISTS (SELECT FROM issuer.admin_rotation
        WHERE role = $1 AND rotated_at > clock_timestamp() - make_interval(secs => $2)) AS due
      """, [connector.credential().user, String(everySeconds)]
    ).single().boolean("due")
  }

  /// At start-up, and now and then: whichever password logs in becomes the current one, and a rotation that was cut short is over.
  ///
  /// Only under the rotation's lock. A backend outlives its issuer, and the statement that sets the pending password may still commit when
  /// a login with it has just failed; while that backend lives, it holds the lock, and both passwords stay sealed.
  func recover() throws {
    guard try connector.credential().secret.pending != nil else { return }
    let connection = try connector.schema()
    do {
      // Waits for as long as lock_timeout says: the backend of a process that has just ended goes within milliseconds.
      try connection.query("SELECT pg_advisory_lock(hashtext('issuer'), hashtext('rotation'))")
    } catch  where error.sqlState == .lockNotAvailable {
      return
    }
    try settle()
  }

  /// Ends an earlier rotation's unfinished state. The caller holds the rotation's lock.
  private func settle() throws {
    try vault.reload()
    let secret = try connector.credential().secret
    guard let pending = secret.pending else { return }
    if (try? verify(pending)) != nil {
      try seal { $0.promote() }
    } else {
      // The pending one was never set (or taken back). Only proof of the current one makes it safe to forget it.
      try verify(secret.current)
      try seal { $0.pending = nil }
    }
  }

  /// Gives a role a password by a verifier computed here: the statement holds nothing that logs in.
  static func set(_ password: SecretBytes, for user: String, over connection: PostgresConnection) throws {
    var clear = password.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    defer { clear.wipe() }
    let salt = Random.bytes(16)
    let verifier = ScramKeys(password: clear, salt: salt, iterations: LeaseSecrets.strongIterations).verifier(
      salt: salt, iterations: LeaseSecrets.strongIterations)
    try connection.execute("ALTER ROLE \(Identifier(user)) PASSWORD \(Literal(verifier.postgresText))")
  }

  /// A login of its own, over the way that all connections take.
  private func verify(_ password: SecretBytes) throws {
    let parameters = try connector.parameters(database: nil, purpose: "rotation check")
    let connection = try PostgresConnection(parameters) { use in try password.withBytes(use) }
    try connection.query("SELECT 1")
  }

  private func seal(_ change: (inout RotatingSecret) -> Void) throws {
    let cluster = connector.cluster
    try vault.update { body in
      guard var credential = body.clusters[cluster] else { return }
      change(&credential.secret)
      body.clusters[cluster] = credential
    }
  }
}
