import FoundationEssentials
import IssuerAPI
import Logging
import PostgresClient
import Sodium
import Synchronization
import Vault

/// Ends what is due: at each deadline, on a schedule, and when an operator asks. What it finds half-ended, whoever began it, it carries
/// on with.
final class Sweeper: Sendable {
  private static let lanes = 3
  private static let holdSeconds = 60
  /// An issuer that was silent for so long is looked at: dead when its connections' lock is free.
  static let silentSeconds = 30

  private struct Schedule {
    var next: ContinuousClock.Instant
    var lastSweepAt: String?
  }

  private let pool: LedgerPool
  private let ending: LeaseEnding
  private let reconciler: Reconciler
  private let instance: String
  private let logger: Logger
  private let intervalSeconds: Int
  private let schedule = Mutex(Schedule(next: .now))

  init(
    pool: LedgerPool, ending: LeaseEnding, vault: Vault, instance: String, trail: AuditTrail, logger: Logger, intervalSeconds: Int
  ) {
    self.pool = pool
    self.ending = ending
    self.instance = instance
    self.logger = logger
    self.intervalSeconds = intervalSeconds
    reconciler = Reconciler(pool: pool, vault: vault, trail: trail)
  }

  var lastSweepAt: String? { schedule.withLock { $0.lastSweepAt } }

  /// A lease was issued or renewed: sweep at its deadline, should that be before the next sweep. Renewals leave an early sweep that
  /// finds nothing, which is cheap.
  func note(deadlineInSeconds seconds: Int) {
    note(at: .now + .seconds(seconds) + .milliseconds(5))
  }

  private func note(at instant: ContinuousClock.Instant) {
    schedule.withLock { if instant < $0.next { $0.next = instant } }
  }

  /// Sweeps until the task is cancelled. Full sweeps, with reconciling, come each interval; those at a deadline only end leases.
  func run() async {
    var nextFull = ContinuousClock.now
    while !Task.isCancelled {
      let now = ContinuousClock.now
      let isFull = now >= nextFull
      do {
        let report = try await sweep(reconciling: isFull)
        if !report.stuck.isEmpty { logger.warning("leases are stuck", metadata: ["count": "\(report.stuck.count)"]) }
      } catch is CancellationError {
        return
      } catch {
        logger.error("the sweep failed", metadata: ["error": "\(error)"])
        note(at: .now + .seconds(1))
      }
      if isFull { nextFull = now + .seconds(intervalSeconds) }
      await sleep(until: nextFull)
    }
  }

  /// Sleeps in short stretches, so that a deadline noted meanwhile is met within a few milliseconds.
  private func sleep(until full: ContinuousClock.Instant) async {
    while !Task.isCancelled {
      let next = schedule.withLock { min($0.next, full) }
      let now = ContinuousClock.now
      if now >= next { return }
      try? await Task.sleep(for: min(next - now, .milliseconds(100)))
    }
  }

  /// One sweep. Several issuers may sweep at once: each lease is claimed by one.
  func sweep(reconciling: Bool) async throws -> SweepReport {
    let start = ContinuousClock.now
    var report = SweepReport(startedAt: Timestamp.now())
    schedule.withLock { $0.next = start + .seconds(intervalSeconds) }
    report.cancelledRequests = try await pool.run { try $0.cancelUndecided() }.count
    let tally = try await endDue()
    report.disabled = tally.disabled
    report.evictedBackends = tally.evictedBackends
    report.cleanedDatabases = tally.cleanedDatabases
    report.dropped = tally.dropped
    if reconciling {
      let outcome = try await reconciler.reconcile()
      report.reconciled = outcome.repaired
      report.notes = outcome.notes
      if outcome.repaired > 0 {
        let after = try await endDue()
        report.dropped += after.dropped
      }
    }
    let stuck = try await pool.run { try $0.leases(person: nil, states: nil, stuck: true, max: 500) }
    report.stuck = stuck.compactMap { lease in
      lease.stuck.map { SweepReport.StuckLease(lease: lease.id, role: lease.role, stuck: $0) }
    }
    if let next = try await pool.run({ try $0.nextDueMilliseconds() }) {
      // What is due and was not got on with is another issuer's, or comes again at its retry: no reason to hurry.
      note(at: .now + .milliseconds(next == 0 ? 250 : next + 5))
    }
    let elapsed = (ContinuousClock.now - start).components
    report.durationMilliseconds = Int(elapsed.seconds) * 1000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
    let finished = Timestamp.now()
    schedule.withLock { $0.lastSweepAt = finished }
    return report
  }

  private func endDue() async throws -> EndTally {
    let since = try await pool.run { try $0.now() }
    return try await withThrowingTaskGroup(of: EndTally.self) { group in
      for _ in 0..<Self.lanes { group.addTask { [self] in try await endDue(since: since) } }
      return try await group.reduce(into: EndTally()) { $0 += $1 }
    }
  }

  /// One lane's share.
  private func endDue(since: String) async throws -> EndTally {
    var tally = EndTally()
    while true {
      let unused = try await ending.endUnused(instance: instance, holdSeconds: Self.holdSeconds, reason: "expired", who: "issuer")
      tally += unused
      if unused.disabled == LeaseEnding.chunkMax { continue }
      let due = try await pool.run { [instance] in
        try $0.claimDue(instance: instance, max: LeaseEnding.chunkMax, holdSeconds: Self.holdSeconds, since: since)
      }
      if due.isEmpty {
        if unused.disabled == 0 { return tally }
        continue
      }
      let step = try await ending.end(leases: due.map(\.leaseID), reason: "expired", who: "issuer")
      tally += step
      // Claimed but not got on with: they wait for their retry, and must not be claimed in a circle.
      if step.dropped < due.count { return tally }
    }
  }
}
