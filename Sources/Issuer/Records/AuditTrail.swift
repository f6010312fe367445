import Audit
import IssuerAPI

/// The issuer's own audit chain. A record is written before what it describes is answered; when it cannot be written, nothing happens:
/// callers let the error through.
final class AuditTrail: Sendable {
  /// What the names of issuers begin with in records and checkpoints; no proxy's may.
  static let writerPrefix = "issuerd"

  private let log: AuditLog

  init(log: AuditLog) { self.log = log }

  func record(_ event: IssuerEvent) async throws {
    // A write to the kernel takes microseconds and may stay on this thread; waiting for the disk may not.
    if log.durability == .strict {
      try await Blocking.run { [self] in try append(event) }
    } else {
      try append(event)
    }
  }

  /// For what must happen whether or not it can be recorded: the end of access. The failure is the caller's to log.
  func recordIfPossible(_ event: IssuerEvent) async -> (any Error)? {
    do {
      try await record(event)
      return nil
    } catch {
      return error
    }
  }

  /// Signs the chain's head, if there is anything new.
  func checkpoint(by signer: any CheckpointSigner) async throws -> SignedCheckpoint? {
    try await Blocking.run { [log] in try log.checkpoint(by: signer) }
  }

  private func append(_ event: IssuerEvent) throws {
    do {
      try log.append(.issuer(event))
    } catch let error as AuditError {
      throw APIError.unavailable("the audit log cannot be written: \(error.message)", next: error.next)
    }
  }
}
