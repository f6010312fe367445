import Audit
import Foundation
import IssuerAPI
import PostgresClient
import Sodium
import Vault

/// Changes passwords of service accounts: in place, or by turns between two roles, so that nobody loses a password that they still use.
/// As with the admin's: sealed first, set, proved by a login, promoted, and only then handed to the service.
struct StaticRoleRotation: Sendable {
  /// The points between which a crash is survived; tests stop at each.
  enum Step: String, Sendable, CaseIterable {
    case sealed, passwordSet, newLoginVerified, promoted, delivered
  }

  let vault: Vault
  let connector: LedgerConnector
  let roles: [IssuerConfiguration.StaticRole]
  /// Called after each step; throws in tests only.
  var fault: @Sendable (Step) throws -> Void = { _ in }

  /// Tells the ledger what is configured, so that its schedule knows.
  func register() throws {
    let ledger = try connector.ledger("static roles")
    for role in roles {
      try ledger.query(
        "SELECT issuer.static_role_put($1, $2, $3, $4, $5)",
        [
          role.name, role.strategy == .inPlace ? "in_place" : "alternating", PostgresArray.text(role.roles.map { $0 }),
          role.database,
          String(role.intervalSeconds),
        ])
    }
  }

  /// Rotates what is due, and retires what nobody uses any more; the ledger's row lock keeps other issuers from the same account.
  /// Answers what was done.
  func rotateDue() throws -> [RotationReport] {
    let ledger = try connector.ledger("static roles")
    // One that fails does not stop the others; it is told at the end.
    var failure: PostgresError?
    for role in roles where role.strategy == .alternating {
      do {
        try ledger.transaction { try retire(role, ledger) }
      } catch let error as PostgresError where !error.isConnectionLost {
        failure = error
      }
    }
    var reports: [RotationReport] = []
    while let turn = try ledger.transaction({ try takeTurn(ledger) }) { reports += turn }
    if let failure, reports.isEmpty { throw failure }
    return reports
  }

  /// Rotates the account that has been due for longest: its report, none when that failed; nil when nothing is due.
  private func takeTurn(_ ledger: PostgresConnection) throws -> [RotationReport]? {
    guard let row = try ledger.query("SELECT name, current FROM issuer.static_role_due(1)").rows.first else { return nil }
    let name = try row.string("name")
    func failed(_ state: SQLState, _ message: String) throws -> [RotationReport] {
      try ledger.query("SELECT issuer.static_role_failed($1, $2, $3)", [name, state.code, message])
      return []
    }
    guard let role = roles.first(where: { $0.name == name }) else {
      // Another issuer's configuration, or one that is gone: not ours to judge.
      return try failed("58P01", "not in this issuer's configuration")
    }
    do {
      return [try rotate(role, current: row["current"], ledger)]
    } catch let error as PostgresError where !error.isConnectionLost {
      return try failed(error.sqlState, error.message)
    } catch let error as APIError {
      return try failed(.objectInUse, error.message)
    }
  }

  /// Rotates one now.
  func rotate(named name: String) throws -> RotationReport {
    guard let role = roles.first(where: { $0.name == name }) else {
      throw APIError.notFound("static role \(name.prefix(64)) in issuerd.yaml")
    }
    try register()
    let ledger = try connector.ledger("static roles")
    return try ledger.transaction {
      let row = try ledger.query("SELECT current FROM issuer.static_role WHERE name = $1 FOR UPDATE", [name]).single()
      return try rotate(role, current: row["current"], ledger)
    }
  }

  private func rotate(_ role: IssuerConfiguration.StaticRole, current: String?, _ ledger: PostgresConnection) throws
    -> RotationReport
  {
    let next = try nextRole(of: role, current: current, ledger)
    // A connection of its own: the ledger's transaction must not fail with what is tried here.
    let admin = try connector.ledger("static role \(role.name)")
    try hold(next, over: admin)
    var steps = ["sealed, set, proved by a login, promoted", "written to \(role.deliverFile)"]
    let password: SecretBytes
    if let begun = try settle(role, next) {
      password = begun
      steps[0] = "a rotation that was cut short had set a password: proved by a login, promoted"
    } else {
      password = try change(role, next, over: admin)
    }
    try deliver(role, user: next, password: password)
    try fault(.delivered)
    try ledger.query("SELECT issuer.static_role_rotated($1, $2)", [role.name, next])
    let now = try ledger.query("SELECT issuer.rfc3339(clock_timestamp()) AS now").single().string("now")
    return RotationReport(
      target: role.name, role: next, rotatedAt: now, nextAt: Timestamp.after(seconds: role.intervalSeconds), steps: steps)
  }

  /// Seals a new password, sets it and proves it.
  private func change(_ role: IssuerConfiguration.StaticRole, _ next: String, over admin: PostgresConnection) throws
    -> SecretBytes
  {
    let key = key(of: next)
    let before = vault.body.staticRoles[key]?.current
    let fresh = try SecretBytes(utf8: SecretBytes.random(count: 32).revealedBase64URL())
    try vault.update { body in
      var secret = body.staticRoles[key] ?? RotatingSecret(current: fresh)
      secret.pending = fresh
      body.staticRoles[key] = secret
    }
    try fault(.sealed)
    try AdminRotation.set(fresh, for: next, over: admin)
    try fault(.passwordSet)
    do {
      try logIn(role, as: next, fresh)
    } catch let error as PostgresError {
      // Perhaps not the password's fault, but what is not proved is not handed out: back to the one that the service has.
      guard let before else { throw error }
      try AdminRotation.set(before, for: next, over: admin)
      try vault.update { $0.staticRoles[key]?.pending = nil }
      throw error
    }
    try fault(.newLoginVerified)
    try vault.update { $0.staticRoles[key]?.promote() }
    try fault(.promoted)
    return fresh
  }

  /// Ends an earlier rotation that was cut short after it had sealed a password: answers that password if it was set as well. The caller
  /// holds the role's lock, so nobody can set it any more.
  private func settle(_ role: IssuerConfiguration.StaticRole, _ next: String) throws -> SecretBytes? {
    try vault.reload()
    let key = key(of: next)
    guard let secret = vault.body.staticRoles[key], let pending = secret.pending else { return nil }
    do {
      try logIn(role, as: next, pending)
    } catch let error as PostgresError where error.isLoginRefusal {
      try vault.update { body in
        // The first one ever stands for both.
        if secret.current == pending { body.staticRoles[key] = nil } else { body.staticRoles[key]?.pending = nil }
      }
      return nil
    }
    try vault.update { $0.staticRoles[key]?.promote() }
    return pending
  }

  /// Takes the role's advisory lock for as long as this connection's backend lives. A backend outlives its issuer: while one may still
  /// set a password that was sealed, nobody else seals another over it.
  private func hold(_ role: String, over admin: PostgresConnection) throws {
    // Waits for as long as lock_timeout says.
    let outcome = Result { () throws(PostgresError) in
      try admin.query("SELECT pg_advisory_lock(hashtext('issuer static role'), hashtext($1))", [role])
    }
    guard case .failure(let error) = outcome else { return }
    guard error.sqlState == .lockNotAvailable else { throw error }
    throw APIError.conflict("an earlier change of \(role)'s password may still come", next: "it is tried again")
  }

  private func logIn(_ role: IssuerConfiguration.StaticRole, as user: String, _ password: SecretBytes) throws {
    let parameters = try connector.parameters(database: role.database, purpose: "static role check").with(["user": user])
    _ = try PostgresConnection(parameters) { use in try password.withBytes(use) }
  }

  private func key(of role: String) -> String { "\(connector.cluster)/\(role)" }

  /// A pgpass-like line `user:password`, replaced in one step, readable by its owner alone.
  private func deliver(_ role: IssuerConfiguration.StaticRole, user: String, password: SecretBytes) throws {
    let aside = role.deliverFile + ".new"
    let text = Data("\(user):\(password.revealedUTF8())\n".utf8)
    try? FileManager.default.removeItem(atPath: aside)
    guard FileManager.default.createFile(atPath: aside, contents: text, attributes: [.posixPermissions: 0o600]),
      unsafe rename(aside, role.deliverFile) == 0
    else {
      throw APIError.unavailable(
        "the new password of \(user) is set, but \(role.deliverFile) cannot be written",
        next: "make its folder writable and rotate again")
    }
  }
}

// By turns.
extension StaticRoleRotation {
  /// The role that gets a new password. Of two it is the one that is not handed out, once nobody was logged in as it for the grace time.
  private func nextRole(of role: IssuerConfiguration.StaticRole, current: String?, _ ledger: PostgresConnection) throws -> String
  {
    guard role.strategy == .alternating else { return role.roles[0] }
    guard let current, let other = role.roles.first(where: { $0 != current }) else {
      // The first turn is that of a role that nobody uses yet.
      guard let free = try role.roles.first(where: { try sessions(of: $0, ledger) == 0 }) else {
        throw APIError.conflict("both roles of \(role.name) have sessions", next: "end those of one of them")
      }
      return free
    }
    let busy = try sessions(of: other, ledger)
    let idleSeconds = try seen(role, inUse: busy > 0, ledger)
    guard busy == 0 else {
      throw APIError.conflict("\(other) still has \(busy) sessions from two turns ago", next: "restart what uses it")
    }
    guard idleSeconds >= role.graceSeconds else {
      throw APIError.conflict(
        "\(other) has been without sessions for \(idleSeconds) of \(role.graceSeconds) seconds",
        next: "wait, or lower graceSeconds")
    }
    return other
  }

  /// Takes the password away from the role that is not handed out any more, once nobody was logged in as it for the grace time.
  private func retire(_ role: IssuerConfiguration.StaticRole, _ ledger: PostgresConnection) throws {
    let row = try ledger.query(
      "SELECT current, retired_at FROM issuer.static_role WHERE name = $1 FOR UPDATE SKIP LOCKED", [role.name]
    ).rows.first
    guard let row, let current = row["current"], row["retired_at"] == nil, let other = role.roles.first(where: { $0 != current }),
      try seen(role, inUse: sessions(of: other, ledger) > 0, ledger) >= role.graceSeconds
    else { return }
    let admin = try connector.ledger("static role \(role.name)")
    do {
      try hold(other, over: admin)
      try admin.execute("ALTER ROLE \(Identifier(other)) PASSWORD NULL")
    } catch is APIError {
      return  // A change of its password is under way after all.
    }
    try vault.update { [key = key(of: other)] in $0.staticRoles[key] = nil }
    try ledger.query("SELECT issuer.static_role_retired($1)", [role.name])
  }

  private func sessions(of role: String, _ ledger: PostgresConnection) throws -> Int {
    try ledger.query("SELECT count(*) AS count FROM pg_stat_activity WHERE usename = $1", [role]).single().integer("count")
  }

  private func seen(_ role: IssuerConfiguration.StaticRole, inUse: Bool, _ ledger: PostgresConnection) throws -> Int {
    try ledger.query("SELECT issuer.static_role_seen($1, $2) AS seconds", [role.name, String(inUse)]).single().integer("seconds")
  }
}

extension IssuerService {
  func rotateStatic(_ name: String, by caller: Caller) async throws -> RotationReport {
    try requireOperator(caller, to: "rotate passwords")
    let report = try await Blocking.run { [staticRotation] in try staticRotation.rotate(named: name) }
    try await trail.record(IssuerEvent(.rotation, actor: caller.person, role: report.role, text: "done"))
    return report
  }
}
