import Foundation
import IssuerAPI
import PostgresClient
import TestSupport

/// What the cluster and the ledger really hold, seen by the superuser.
struct KillLedger {
  let deployment: Deployment

  /// Ledger against cluster, both ways, in one snapshot: issuing, renewing and ending change both in one transaction, so this is empty at
  /// every moment, not only after a sweep.
  func disagreements() throws -> [String] {
    try deployment.truth(
      """
      WITH marked AS (
        SELECT r.oid, r.rolname, r.rolcanlogin, r.rolvaliduntil, split_part(d.description, ' ', 3)::uuid AS lease
        FROM pg_roles r JOIN pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_authid'::regclass
        WHERE d.description LIKE 'issuer lease %'
      ), live AS (SELECT * FROM issuer.lease WHERE state <> 'dropped')
      SELECT 'a role without a lease: ' || rolname FROM marked m
      WHERE NOT EXISTS (SELECT FROM live l WHERE l.id = m.lease AND l.role_oid = m.oid AND l.role_name = m.rolname)
      UNION ALL
      SELECT 'a lease without its role: ' || role_name || ' ' || state FROM live l
      WHERE NOT EXISTS (SELECT FROM marked m WHERE m.lease = l.id AND l.role_oid = m.oid AND l.role_name = m.rolname)
      UNION ALL
      SELECT 'a role without a mark: ' || rolname FROM pg_roles
      WHERE rolname LIKE 'jit\\_%' AND oid NOT IN (SELECT oid FROM marked)
      UNION ALL
      SELECT 'an active lease whose role does not log in until its deadline: ' || rolname
      FROM marked m JOIN live l ON l.id = m.lease WHERE l.state = 'active'
        AND (NOT rolcanlogin OR rolvaliduntil IS NULL OR abs(extract(epoch FROM rolvaliduntil - deadline)) > 0.001)
      UNION ALL
      SELECT 'a disabled lease whose role logs in: ' || rolname FROM marked m JOIN live l ON l.id = m.lease
      WHERE l.state = 'disabled' AND (rolcanlogin OR rolvaliduntil > now())
      UNION ALL
      SELECT 'an active lease that is not in its scope: ' || role_name FROM live l
      WHERE state = 'active' AND NOT EXISTS (
        SELECT FROM pg_auth_members m JOIN issuer.scope s ON s.role_oid = m.roleid WHERE m.member = l.role_oid AND s.hash = l.scope_hash)
      UNION ALL
      SELECT 'a request that was issued without a lease, or not issued with one: ' || r.id
      FROM issuer.request r LEFT JOIN issuer.lease l ON l.request_id = r.id WHERE (r.state = 'issued') <> (l.id IS NOT NULL)
      UNION ALL
      SELECT 'a membership of nobody: ' || roleid::regrole FROM pg_auth_members
      WHERE member NOT IN (SELECT oid FROM pg_roles)
      UNION ALL
      SELECT format('creator %s counts %s live leases and has %s', c.name, c.live, count(l.id)) FROM issuer.creator c
      LEFT JOIN live l ON l.creator = c.name GROUP BY c.name HAVING c.live <> count(l.id)
      """, database: "issuer"
    ).compactMap { $0[0] }
  }

  /// Leases whose end is due and has not come about, each with what may hold it up.
  func overdue() throws -> [String] {
    try deployment.truth(
      """
      SELECT format('%s %s due %s s ago, claimed by %s for %s s, %s', l.role_name, l.state,
        round(extract(epoch FROM clock_timestamp() - least(l.deadline, l.disabled_at))::numeric, 2),
        coalesce(l.claimed_by::text, 'nobody'),
        round(extract(epoch FROM l.claimed_until - clock_timestamp())::numeric, 1), coalesce(a.step || ': ' || a.message, 'not tried'))
      FROM issuer.lease l LEFT JOIN issuer.end_attempt a ON a.lease_id = l.id
      WHERE l.state <> 'dropped' AND (l.state = 'disabled' OR l.deadline <= clock_timestamp())
      """, database: "issuer"
    ).compactMap { $0[0] }
  }

  /// Waits until nothing is overdue: a sweep interval, and as much again as a loaded machine may take.
  func settle() throws {
    let seconds = Double(Self.sweepIntervalSeconds + Self.slackSeconds)
    do { try eventually("nothing to be overdue", seconds: seconds) { try overdue().isEmpty } } catch is ChildProcess.TimedOut {
      throw Overdue(leases: try overdue())
    }
  }

  struct Overdue: Error, CustomStringConvertible {
    var leases: [String]
    var description: String { "overdue:\n" + leases.joined(separator: "\n") }
  }

  /// As `Place` configures it.
  static let sweepIntervalSeconds = 2
  static let slackSeconds = 10

  struct Row {
    var request: String
    var state: String
    var role: String
    var deadline: String
  }

  /// Every lease that ever was, by its id.
  func leases() throws -> [String: Row] {
    let rows = try deployment.truth(
      "SELECT id, request_id, state, role_name, issuer.rfc3339(deadline) AS deadline FROM issuer.lease", database: "issuer")
    return try Dictionary(
      uniqueKeysWithValues: rows.map { row in
        (
          try row.string("id"),
          Row(
            request: row["request_id"] ?? "", state: try row.string("state"), role: try row.string("role_name"),
            deadline: try row.string("deadline"))
        )
      })
  }

  var now: String {
    get throws { try deployment.truth("SELECT issuer.rfc3339(clock_timestamp())", database: "issuer").first?[0] ?? "" }
  }
}
