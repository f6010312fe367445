import Audit
import Foundation
import IssuerAPI
import PostgresClient
import Sodium

extension IssuerService {
  /// Of each writer; the ledger keeps about as many close together, before them one a day.
  static let checkpointsMax = 200

  /// Signs the head of a proxy's chain and keeps it in the ledger. A sequence that goes backwards is refused there.
  func sign(_ checkpoint: ProxyCheckpoint) async throws -> ProxyCheckpointSigned {
    try Self.checkText(checkpoint.writer, "writer", bytesMax: 100)
    guard let head = Data(base64Encoded: checkpoint.head), head.count == 32 else {
      throw APIError.invalid("head is not 32 bytes in base64", next: "send the BLAKE2b-256 of the last record")
    }
    guard checkpoint.sequence <= UInt64(Int64.max) else {
      throw APIError.invalid("sequence is too large", next: "send the last record's")
    }
    guard !checkpoint.writer.hasPrefix(AuditTrail.writerPrefix) else {
      throw APIError.forbidden(
        "chains of that name are issuers' own", next: "give the proxy a name that does not begin with issuerd")
    }
    let signed = SignedCheckpoint(
      signing: CheckpointHead(writer: checkpoint.writer, sequence: checkpoint.sequence, hash: Array(head)), with: try signingKey()
    )
    let stored = AuditCheckpoint(signed)
    _ = try await pool.run { try $0.checkpointPut(stored) }
    return ProxyCheckpointSigned(at: stored.at, signature: stored.signature, publicKey: stored.publicKey)
  }

  /// Signs the issuer's own chain and keeps the checkpoint in the ledger, out of reach of who can write its log.
  func checkpoint() async throws {
    if let signed = try await trail.checkpoint(by: signingKey()) { unstoredCheckpoint.withLock { $0 = signed } }
    // One that the ledger did not take, because it was away, is tried again: the log has it, and makes no other for the same records.
    guard let signed = unstoredCheckpoint.withLock({ $0 }) else { return }
    do {
      _ = try await pool.run { try $0.checkpointPut(AuditCheckpoint(signed)) }
    } catch let error as PostgresError where error.isConnectionLost || error.sqlState == .cannotConnect {
      throw error
    } catch {
      // The ledger says no, as to a log that was cut: it says so to each one after it as well.
      unstoredCheckpoint.withLock { $0 = nil }
      throw error
    }
    unstoredCheckpoint.withLock { if $0 == signed { $0 = nil } }
  }

  /// Whether `checkpoint` has something to do.
  var isCheckpointDue: Bool { trail.isCheckpointDue(now: .now) || unstoredCheckpoint.withLock { $0 != nil } }

  func checkpoints(writer: String?, for caller: Caller) async throws -> Page<AuditCheckpoint> {
    try requireAuditor(caller, to: "read audit checkpoints")
    let newest = try await pool.run { try $0.checkpoints(writer: writer, eachMax: Self.checkpointsMax) }
    return Page(items: newest)
  }

  func publicKey() throws -> AuditPublicKey {
    AuditPublicKey(publicKey: Data(try signingKey().verificationKey.bytes).base64EncodedString())
  }

  private func signingKey() throws -> SigningKey { try SigningKey(seed: vault.body.auditSigningKey) }
}

extension AuditCheckpoint {
  init(_ signed: SignedCheckpoint) {
    self.init(
      writer: signed.head.writer, sequence: signed.head.sequence, head: Data(signed.head.hash).base64EncodedString(),
      at: signed.at,
      signature: Data(signed.signature).base64EncodedString(), publicKey: Data(signed.key.bytes).base64EncodedString())
  }
}
