import Audit
import Foundation
import IssuerAPI
import PostgresClient
import PostgresWire
import Sodium
import Vault

/// Changes passwords of service accounts: in place, or by turns between two roles, so that nobody loses a password that they still use.
/// As with the admin's: sealed first, set, proved by a login, promoted, and only then handed to the service.
struct StaticRoleRotation: Sendable {
  let vault: Vault
  let connector: LedgerConnector
  let roles: [IssuerConfiguration.StaticRole]

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

  /// Rotates what is due; the ledger's row lock keeps other issuers from the same account. Answers what was done.
  func rotateDue() throws -> [RotationReport] {
    let ledger = try connector.ledger("static roles")
    var reports: [RotationReport] = []
    while true {
      let report: RotationReport?? = try ledger.transaction {
        guard let row = try ledger.query("SELECT name, current FROM issuer.static_role_due(1)").rows.first else { return nil }
        let name = try row.string("name")
        guard let role = roles.first(where: { $0.name == name }) else {
          // Another issuer's configuration, or one that is gone: not ours to judge.
          try ledger.query("SELECT issuer.static_role_failed($1, $2, $3)", [name, "58P01", "not in this issuer's configuration"])
          return .some(nil)
        }
        do {
          return .some(try rotate(role, current: row["current"], ledger))
        } catch let error as PostgresError where !error.isConnectionLost {
          try ledger.query("SELECT issuer.static_role_failed($1, $2, $3)", [name, error.sqlState.code, error.message])
          return .some(nil)
        }
      }
      guard let report else { return reports }
      if let report { reports.append(report) }
    }
  }

  /// Rotates one now.
  func rotate(named name: String) throws -> RotationReport {
    guard let role = roles.first(where: { $0.name == name }) else {
      throw APIError.notFound("static role \(name.prefix(64)) in issuerd.yaml")
    }
    let ledger = try connector.ledger("static roles")
    return try ledger.transaction {
      let row = try ledger.query("SELECT current FROM issuer.static_role WHERE name = $1 FOR UPDATE", [name]).rows.first
      return try rotate(role, current: row?["current"], ledger)
    }
  }

  private func rotate(_ role: IssuerConfiguration.StaticRole, current: String?, _ ledger: PostgresConnection) throws
    -> RotationReport
  {
    let next = role.strategy == .inPlace ? role.roles[0] : role.roles.first { $0 != current } ?? role.roles[0]
    // The session's own connection is in the ledger's transaction, which must not fail with what is tried here.
    let admin = try connector.ledger("static role \(role.name)")
    if role.strategy == .alternating {
      let busy = try admin.query(
        "SELECT count(*) AS count FROM pg_stat_activity WHERE usename = $1", [next]
      ).single().integer("count")
      guard busy == 0 else {
        throw PostgresError(
          sqlState: .objectInUse, message: "\(next) still has \(busy) sessions from two turns ago", hint: "restart what uses it")
      }
    }
    let key = "\(connector.cluster)/\(next)"
    let fresh = try SecretBytes(utf8: SecretBytes.random(count: 32).revealedBase64URL())
    try vault.update { body in
      var secret = body.staticRoles[key] ?? RotatingSecret(current: fresh)
      secret.pending = fresh
      body.staticRoles[key] = secret
    }
    try AdminRotation.set(fresh, for: next, over: admin)
    let parameters = try connector.parameters(database: role.database, purpose: "static role check").with(["user": next])
    _ = try PostgresConnection(parameters) { use in try fresh.withBytes(use) }
    try vault.update { $0.staticRoles[key]?.promote() }
    try deliver(role, user: next, password: fresh)
    try ledger.query("SELECT issuer.static_role_rotated($1, $2)", [role.name, next])
    let now = try ledger.query("SELECT issuer.rfc3339(clock_timestamp()) AS now").single().string("now")
    return RotationReport(
      target: role.name, role: next, rotatedAt: now, nextAt: Timestamp.after(seconds: role.intervalSeconds),
      steps: ["sealed, set, proved by a login, promoted", "written to \(role.deliverFile)"])
  }

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

extension IssuerService {
  func rotateStatic(_ name: String, by caller: Caller) async throws -> RotationReport {
    try requireOperator(caller, to: "rotate passwords")
    let report = try await Blocking.run { [staticRotation] in try staticRotation.rotate(named: name) }
    try await trail.record(IssuerEvent(.rotation, actor: caller.person, role: report.role, text: "done"))
    return report
  }
}
