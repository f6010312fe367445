import Audit
import Logging
import PostgresClient

/// The end of leases in its four steps: disable, evict, clean, drop (DESIGN section 6). Every step is idempotent, so a lease whose end
/// was cut short anywhere is simply ended again by the sweep. One lease that does not get on never holds up the others.
struct LeaseEnding: Sendable {
  /// `issuer.drop` takes one lock for each role until its transaction ends; more in one would exhaust the lock table.
  static let chunkMax = 500
  private static let evictPollMilliseconds = 2
  private static let evictSecondsMax = 10

  let pool: LedgerPool
  let connector: LedgerConnector
  let sql: SQLDirectory
  let trail: AuditTrail
  let logger: Logger
  private let queue: RevocationQueue

  init(pool: LedgerPool, connector: LedgerConnector, sql: SQLDirectory, trail: AuditTrail, logger: Logger) {
    self.pool = pool
    self.connector = connector
    self.sql = sql
    self.trail = trail
    self.logger = logger
    queue = RevocationQueue()
  }

  /// Ends one lease now. Many such calls at the same time share their round trips.
  func end(lease: String, reason: String, who: String) async throws {
    try await queue.add(.init(lease: lease, reason: reason, who: who)) { batch in try await end(batch) }
  }

  /// Ends leases that one caller each asked for.
  private func end(_ revocations: [RevocationQueue.Revocation]) async throws {
    for (cause, group) in Dictionary(grouping: revocations, by: { Cause(reason: $0.reason, who: $0.who) }) {
      _ = try await disable(group.map(\.lease), reason: cause.reason, who: cause.who)
    }
    _ = try await finish(revocations.map(\.lease))
  }

  private struct Cause: Hashable {
    var reason: String
    var who: String
  }

  /// Ends leases that are due, at most `chunkMax`.
  func end(leases: [String], reason: String, who: String) async throws -> EndTally {
    precondition(leases.count <= Self.chunkMax)
    var tally = EndTally()
    tally.disabled = try await disable(leases, reason: reason, who: who)
    tally += try await finish(leases)
    return tally
  }

  /// Ends leases that are due and that nobody uses: most of them, and in half the time. Those that it does not take are for
  /// `end(leases:reason:who:)`.
  func endUnused(instance: String, holdSeconds: Int, reason: String, who: String) async throws -> EndTally {
    let ended = try await pool.run {
      try $0.dropDue(instance: instance, max: Self.chunkMax, holdSeconds: holdSeconds, reason: reason, who: who)
    }
    await record(ended, reason: reason, who: who)
    var tally = EndTally()
    tally.disabled = ended.count
    tally += try await finish(ended)
    return tally
  }

  /// From here on nobody logs in, and the proxies cut their sessions.
  private func disable(_ leases: [String], reason: String, who: String) async throws -> Int {
    let ended: [String]
    do {
      ended = try await pool.run { try $0.disable(leases: leases, reason: reason, who: who) }
    } catch let error as PostgresError where !error.isConnectionLost && leases.count > 1 {
      // One of them makes the statement fail: the others must not wait for it.
      let half = leases.count / 2
      let left = try await disable(Array(leases[..<half]), reason: reason, who: who)
      return try await left + disable(Array(leases[half...]), reason: reason, who: who)
    } catch let error as PostgresError where !error.isConnectionLost {
      try await failed(leases[0], "disable", error, next: "the role may have been changed by hand: `issuerctl sweep` says more")
      return 0
    }
    await record(ended, reason: reason, who: who)
    return ended.count
  }

  private func record(_ ended: [String], reason: String, who: String) async {
    guard !ended.isEmpty else { return }
    // A full disk must keep nobody's access alive.
    let events = ended.map { IssuerEvent(.leaseDisabled, actor: who, lease: $0, details: ["reason": reason]) }
    if let error = await trail.recordIfPossible(events) {
      let leases = ended.joined(separator: " ")
      logger.error("the end of leases is not on record", metadata: ["leases": "\(leases)", "error": "\(error)"])
    }
  }

  /// The steps after disable.
  private func finish(_ leases: [String]) async throws -> EndTally {
    var tally = EndTally()
    guard !leases.isEmpty else { return tally }
    let (evicted, gone) = try await evict(leases)
    tally.evictedBackends = evicted
    for (lease, steps) in Dictionary(grouping: try await pool.run({ try $0.cleanPlan(leases: gone) }), by: \.leaseID) {
      tally.cleanedDatabases += try await clean(lease, steps)
    }
    let outcomes = try await pool.run { try $0.drop(leases: gone) }
    tally.dropped = outcomes.count(where: \.dropped)
    for outcome in outcomes where !outcome.dropped {
      logger.warning(
        "a role cannot be dropped yet",
        metadata: ["lease": "\(outcome.leaseID)", "sqlstate": "\(outcome.sqlState ?? "")", "message": "\(outcome.message ?? "")"])
    }
    return tally
  }

  /// Terminates the leases' backends. Answers how many there were, and the leases of which none is left: only their roles may be dropped,
  /// for DROP ROLE does not mind sessions.
  private func evict(_ leases: [String]) async throws -> (backends: Int, gone: [String]) {
    let deadline = ContinuousClock.now + .seconds(Self.evictSecondsMax)
    var noted: [Int]?
    // A backend is seen in every poll until it is gone: the largest count is the nearest to the truth.
    var evicted = 0
    while true {
      let step = try await pool.run { [noted] in try $0.evict(leases: leases, noted: noted) }
      evicted = max(evicted, step.sessions)
      if step.isDone { return (evicted, leases) }
      noted = step.noted
      if ContinuousClock.now > deadline { return (evicted, try await withoutSessions(leases, noted: step.noted)) }
      try await Task.sleep(for: .milliseconds(Self.evictPollMilliseconds))
    }
  }

  /// Those of leases whose backends are gone; the others are recorded and tried again later.
  private func withoutSessions(_ leases: [String], noted: [Int]) async throws -> [String] {
    var gone: [String] = []
    for lease in leases {
      if try await pool.run({ try $0.evict(leases: [lease], noted: noted) }).isDone {
        gone.append(lease)
        continue
      }
      let stubborn = PostgresError(sqlState: .objectInUse, message: "a backend does not end, or a login does not finish")
      try await failed(
        lease, "evict", stubborn, next: "look for it in pg_stat_activity by usesysid; it may hang in the kernel or on a lock")
    }
    return gone
  }

  /// Removes what a lease left in databases. A failure is recorded with the lease and does not stop the others.
  private func clean(_ lease: String, _ steps: [CleanStep]) async throws -> Int {
    do {
      try await pool.run { try $0.cleanBegin(lease: lease) }
      for step in steps {
        let outcome = try await pool.run { [connector, sql] _ in try Self.clean(step, connector, sql) }
        try await pool.run { try $0.cleaned(lease: lease, database: step.database, outcome: outcome) }
      }
      return steps.count
    } catch let error as PostgresError where !error.isConnectionLost {
      try await failed(
        lease, "clean", error,
        next: "look at what the role owns in \(steps.map(\.database).joined(separator: ", ")), then run `issuerctl sweep`")
      return 0
    }
  }

  private static func clean(_ step: CleanStep, _ connector: LedgerConnector, _ sql: SQLDirectory) throws -> String {
    let connection = try connector.governed(step.database, "clean")
    for gid in step.prepared {
      // Not in a transaction block, and only its owner may (manual, ROLLBACK PREPARED).
      try connection.execute("SET ROLE \(Identifier(step.role))")
      try connection.execute("ROLLBACK PREPARED \(Literal(gid))")
      try connection.query("RESET ROLE")
    }
    return try connection.transaction {
      try connection.query(
        "SELECT set_config('issuer.clean_role', $1, true), set_config('issuer.clean_keep', $2, true)",
        [step.role, String(step.keepObjects)])
      try connection.execute(script: try sql.script("functions/here/clean.sql"))
      return try connection.query("SELECT current_setting('issuer.clean_outcome') AS outcome").single().string("outcome")
    }
  }

  private func failed(_ lease: String, _ step: String, _ error: PostgresError, next: String) async throws {
    logger.warning(
      "the end of a lease does not get on",
      metadata: ["lease": "\(lease)", "step": "\(step)", "sqlstate": "\(error.sqlState.code)", "message": "\(error.message)"])
    try await pool.run {
      try $0.endFailed(lease: lease, step: step, sqlState: error.sqlState.code, message: error.message, next: error.hint ?? next)
    }
  }
}
