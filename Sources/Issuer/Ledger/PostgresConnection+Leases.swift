import IssuerAPI
import PostgresClient

/// What a proxy's login needs to know of a lease.
struct LeaseForLogin: Sendable {
  var leaseID: String
  var person: String
  var scope: String
  var scopeHash: String
  var database: String
  var role: String
  var delivery: Delivery
  var derivationKey: String
  var iterations: Int
  var reason: String
  var remainingMilliseconds: Int
  /// As policy said of the scope that it was issued with.
  var enforcement: String
}

/// A lease that has to end, as `issuer.claim_due` gives it.
struct DueLease: Sendable {
  var leaseID: String
  var role: String
}

/// What is left of a lease in one database.
struct CleanStep: Sendable {
  var leaseID: String
  var role: String
  var keepObjects: Bool
  var database: String
  /// Prepared transactions of the role, to be rolled back.
  var prepared: [String]
}

/// What became of a role that was to be dropped.
struct DropOutcome: Sendable {
  var leaseID: String
  var dropped: Bool
  var sqlState: String?
  var message: String?
}

extension PostgresConnection {
  func lease(_ id: String) throws -> Lease? { try optionalJSON(query("SELECT issuer.lease_json($1)::text AS body", [id])) }

  func leases(person: String?, states: [String]?, stuck: Bool, max: Int) throws -> [Lease] {
    try jsonRows(
      query(
        "SELECT body::text AS body FROM issuer.leases_json($1, $2, $3, $4) AS body",
        [person, states.map(array), String(stuck), String(max)]))
  }

  func leaseForLogin(role: String) throws -> LeaseForLogin? {
    guard let row = try queryPrepared("SELECT * FROM issuer.lease_for_login($1)", [role]).rows.first else { return nil }
    guard let delivery = Delivery(rawValue: try row.string("delivery")) else { return nil }
    return LeaseForLogin(
      leaseID: try row.string("lease_id"), person: try row.string("person"), scope: try row.string("scope"),
      scopeHash: try row.string("scope_hash"), database: try row.string("database"), role: try row.string("role_name"),
      delivery: delivery, derivationKey: try row.string("derivation_key"), iterations: try row.integer("iterations"),
      reason: try row.string("reason"), remainingMilliseconds: try row.integer("remaining_milliseconds"),
      enforcement: try row.string("enforcement"))
  }

  /// True for the first call of a lease.
  func handOut(lease: String) throws -> Bool {
    try query("SELECT issuer.hand_out($1) AS first", [lease]).single().boolean("first")
  }

  func renew(lease: String, lifetimeSeconds: Int?, who: String) throws -> Int {
    try query(
      "SELECT remaining_milliseconds FROM issuer.renew($1, $2, $3)", [lease, lifetimeSeconds.map(String.init), who]
    ).single().integer("remaining_milliseconds")
  }

  /// - Parameter since: the server's clock as `now` told it: claims that this issuer made later are left alone.
  func claimDue(instance: String, max: Int, holdSeconds: Int, since: String) throws -> [DueLease] {
    try query(
      "SELECT lease_id, role_name FROM issuer.claim_due($1, $2, $3, $4)", [instance, String(max), String(holdSeconds), since]
    ).rows.map { DueLease(leaseID: try $0.string("lease_id"), role: try $0.string("role_name")) }
  }

  /// Drops the roles of leases that are due and that nobody uses. They are still owed an eviction; `drop` takes note of that.
  func dropDue(instance: String, max: Int, holdSeconds: Int, reason: String, who: String) throws -> [String] {
    try query(
      "SELECT id FROM issuer.drop_due($1, $2, $3, $4, $5) AS id", [instance, String(max), String(holdSeconds), reason, who]
    ).rows.map { try $0.string("id") }
  }

  /// The server's clock, as it reads it.
  func now() throws -> String { try query("SELECT clock_timestamp() AS now").single().string("now") }

  /// The leases that this call disabled.
  func disable(leases: [String], reason: String, who: String) throws -> [String] {
    try query("SELECT id FROM issuer.disable($1, $2, $3) AS id", [array(leases), reason, who]).rows.map { try $0.string("id") }
  }

  /// One step of the eviction; call again with the process ids that it noted until it is done.
  func evict(leases: [String], noted: [Int]?) throws -> (sessions: Int, noted: [Int], isDone: Bool) {
    let row = try query(
      "SELECT sessions, array_to_string(pending, ',') AS pending, done FROM issuer.evict($1, $2)",
      [array(leases), noted.map { array($0.map(String.init)) }]
    ).single()
    let processes = (row["pending"] ?? "").split(separator: ",").compactMap { Int($0) }
    return (try row.integer("sessions"), processes, try row.boolean("done"))
  }

  func cleanPlan(leases: [String]) throws -> [CleanStep] {
    try query(
      """
      SELECT lease_id, role_name, keep_objects, database, array_to_json(prepared)::text AS prepared
      FROM issuer.clean_plan($1)
      """, [array(leases)]
    ).rows.map { row in
      CleanStep(
        leaseID: try row.string("lease_id"), role: try row.string("role_name"), keepObjects: try row.boolean("keep_objects"),
        database: try row.string("database"), prepared: try row["prepared"].map(decodeJSON) ?? [])
    }
  }

  func cleanBegin(lease: String) throws { try query("SELECT issuer.clean_begin($1)", [lease]) }

  func cleaned(lease: String, database: String, outcome: String) throws {
    try query("SELECT issuer.cleaned($1, $2, $3)", [lease, database, outcome])
  }

  /// At most 500 leases a call.
  func drop(leases: [String]) throws -> [DropOutcome] {
    try query("SELECT lease_id, dropped, sql_state, message FROM issuer.drop($1)", [array(leases)]).rows.map { row in
      DropOutcome(
        leaseID: try row.string("lease_id"), dropped: try row.boolean("dropped"), sqlState: row["sql_state"],
        message: row["message"])
    }
  }

  func endFailed(lease: String, step: String, sqlState: String, message: String, next: String) throws {
    try query("SELECT issuer.end_failed($1, $2, $3, $4, $5)", [lease, step, sqlState, message, next])
  }
}

extension PostgresConnection {
  /// Milliseconds until something is due for the sweep: a deadline, a retry, a request that nobody decided. Nil when nothing waits.
  func nextDueMilliseconds() throws -> Int? {
    try query(
      """
      SELECT issuer.milliseconds_until(least(
        (SELECT min(deadline) FROM issuer.lease WHERE state = 'active'),
        (SELECT min(retry_at) FROM issuer.end_attempt),
        (SELECT min(decide_by) FROM issuer.request WHERE state IN ('requested', 'approved')))) AS due
      """
    ).single().optionalInteger("due")
  }
}
