import Audit
import IssuerAPI
import Synchronization

/// The issuer's own audit chain. A record is written before what it describes is answered; when it cannot be written, nothing happens:
/// callers let the error through.
final class AuditTrail: Sendable {
  /// What the names of issuers begin with in records and checkpoints; no proxy's may.
  static let writerPrefix = "issuerd"

  private static let quietTime = Duration.milliseconds(500)
  private static let unsignedTimeMax = Duration.seconds(5)
  private static let unsignedRecordsMax = 1000

  /// Records that no checkpoint covers yet.
  private struct Unsigned {
    var count = 0
    var first: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?

    mutating func add(_ records: Int, at now: ContinuousClock.Instant) {
      count += records
      first = first ?? now
      last = now
    }
  }

  private let log: AuditLog
  private let unsigned = Mutex(Unsigned())

  init(log: AuditLog) { self.log = log }

  func record(_ event: IssuerEvent) async throws {
    // A write to the kernel takes microseconds and may stay on this thread; waiting for the disk may not.
    if log.durability == .strict {
      try await Blocking.run { [self] in try append(event) }
    } else {
      try append(event)
    }
  }

  /// Several at once, with one write.
  func record(_ events: [IssuerEvent]) async throws {
    if log.durability == .strict {
      try await Blocking.run { [self] in
        try append(events)
        try Self.told { try log.sync() }
      }
    } else {
      try append(events)
    }
  }

  /// For what must happen whether or not it can be recorded: the end of access. The failure is the caller's to log.
  func recordIfPossible(_ event: IssuerEvent) async -> (any Error)? { await recordIfPossible([event]) }

  /// The same of several.
  func recordIfPossible(_ events: [IssuerEvent]) async -> (any Error)? {
    do {
      try await record(events)
      return nil
    } catch {
      return error
    }
  }

  /// Whether the head should be signed now: soon after the records stop coming, and while they do not, every so many or seconds.
  func isCheckpointDue(now: ContinuousClock.Instant) -> Bool {
    unsigned.withLock { unsigned in
      guard let first = unsigned.first, let last = unsigned.last else { return false }
      return now - last >= Self.quietTime || now - first >= Self.unsignedTimeMax || unsigned.count >= Self.unsignedRecordsMax
    }
  }

  /// Signs the chain's head, if there is anything new.
  func checkpoint(by signer: any CheckpointSigner) async throws -> SignedCheckpoint? {
    unsigned.withLock { $0 = Unsigned() }
    return try await Blocking.run { [log] in try log.checkpoint(by: signer) }
  }

  private func append(_ event: IssuerEvent) throws {
    unsigned.withLock { $0.add(1, at: .now) }
    try Self.told { _ = try log.append(.issuer(event)) }
  }

  private func append(_ events: [IssuerEvent]) throws {
    unsigned.withLock { $0.add(events.count, at: .now) }
    try Self.told {
      let staged = try events.map { try log.stage(.issuer($0)) }
      if let first = staged.first, let last = staged.last { try log.commit(from: first.batch, through: last.batch) }
    }
  }

  private static func told(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as AuditError {
      throw APIError.unavailable("the audit log cannot be written: \(error.message)", next: error.next)
    }
  }
}
