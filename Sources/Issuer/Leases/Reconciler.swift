import Audit
import FoundationEssentials
import OpenSSL
import PostgresClient
import Sodium
import Vault

/// Puts right where ledger and cluster disagree, both ways. A role without our valid mark is never touched, and nothing is judged while
/// the backends of a dead issuer may still live: `reconcile_scan` is empty then.
struct Reconciler: Sendable {
  struct Outcome: Sendable {
    var repaired = 0
    var notes: [String] = []
  }

  let pool: LedgerPool
  let vault: Vault
  let trail: AuditTrail

  func reconcile() async throws -> Outcome {
    var outcome = Outcome()
    for dead in try await pool.run({ try $0.reapInstances(silentSeconds: Sweeper.silentSeconds) }) {
      outcome.notes.append("the issuer \(dead) is gone, and so are its connections: what it had begun is carried on with")
    }
    for finding in try await pool.run({ try $0.reconcileScan() }) {
      do {
        try await settle(finding, &outcome)
      } catch let error as PostgresError where !error.isConnectionLost {
        outcome.notes.append("\(finding.role): \(finding.problem.rawValue) could not be put right: \(error.message)")
      }
    }
    return outcome
  }

  private func settle(_ finding: ReconcileFinding, _ outcome: inout Outcome) async throws {
    switch finding.problem {
    case .orphan:
      guard let lease = finding.leaseID, let oid = finding.roleOID, let digest = finding.digest,
        isOurs(digest, lease: lease, role: finding.role)
      else {
        outcome.notes.append("the role \(finding.role) bears a mark that is not valid: left alone")
        return
      }
      try await trail.record(record(finding))
      try await pool.run { try $0.adopt(role: finding.role, oid: oid, lease: lease, digest: digest) }
      outcome.notes.append("the role \(finding.role) had no lease in the ledger: it is being ended")
    case .missing:
      guard let lease = finding.leaseID else { return }
      try await trail.record(record(finding))
      try await pool.run { try $0.missing(lease: lease) }
      outcome.notes.append("the role \(finding.role) was gone: its lease is closed")
    case .login, .undated:
      guard let lease = finding.leaseID else { return }
      try await trail.record(record(finding))
      try await pool.run { try $0.repair(lease: lease) }
      outcome.notes.append("the role \(finding.role) was changed by hand and is as the ledger says again")
    case .renamed:
      outcome.notes.append(
        "the role of lease \(finding.leaseID ?? "?") is named \(finding.role) now: rename it back, or revoke the lease")
      return
    case .scopeOwns:
      outcome.notes.append("the scope role \(finding.role) owns objects: REASSIGN them; scope roles own nothing")
      return
    }
    outcome.repaired += 1
  }

  private func record(_ finding: ReconcileFinding) -> IssuerEvent {
    IssuerEvent(.sweep, lease: finding.leaseID, role: finding.role, details: ["problem": finding.problem.rawValue])
  }

  /// Whether one of our keys made the mark; which one did is not known for a role that the ledger does not know.
  private func isOurs(_ digest: String, lease: String, role: String) -> Bool {
    guard UUID(uuidString: lease) != nil else { return false }
    let body = vault.body
    return body.derivationKeys.keys.contains { key in
      guard let mark = try? LeaseSecrets(body: body, keyID: String(key), lease: lease).mark(role: role) else { return false }
      return equalInConstantTime(Array(mark.utf8), Array(digest.utf8))
    }
  }
}
