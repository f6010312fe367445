import PostgresClient

/// A disagreement between ledger and cluster, as `issuer.reconcile_scan` finds it.
struct ReconcileFinding: Sendable {
  /// The words of sql/README.md, "Reconciling".
  enum Problem: String, Sendable {
    case orphan, missing, renamed, login, undated
    case scopeOwns = "scope_owns"
  }
  var problem: Problem
  var leaseID: String?
  var role: String
  var roleOID: UInt32?
  var digest: String?
}

extension PostgresConnection {
  func connectionBegin(instance: String, name: String) throws {
    try query("SELECT issuer.connection_begin($1, $2)", [instance, name])
  }

  func heartbeat(instance: String) throws { try query("SELECT issuer.heartbeat($1)", [instance]) }

  func reapInstances(silentSeconds: Int) throws -> [String] {
    try query("SELECT id FROM issuer.reap_instances($1) AS id", [String(silentSeconds)]).rows.map { try $0.string("id") }
  }

  func reconcileScan() throws -> [ReconcileFinding] {
    try query("SELECT problem, lease_id, role_name, role_oid, digest FROM issuer.reconcile_scan()").rows.compactMap { row in
      guard let problem = ReconcileFinding.Problem(rawValue: try row.string("problem")) else { return nil }
      return ReconcileFinding(
        problem: problem, leaseID: row["lease_id"], role: row["role_name"] ?? "",
        roleOID: row["role_oid"].flatMap { UInt32($0) }, digest: row["digest"])
    }
  }

  func adopt(role: String, oid: UInt32, lease: String, digest: String) throws {
    try query("SELECT issuer.adopt($1, $2, $3, $4)", [role, String(oid), lease, digest])
  }

  func missing(lease: String) throws { try query("SELECT issuer.missing($1)", [lease]) }

  func repair(lease: String) throws { try query("SELECT issuer.repair($1)", [lease]) }
}
