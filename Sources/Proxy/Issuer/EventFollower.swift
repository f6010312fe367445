import Audit
import Foundation
import IssuerAPI
import Reactor
import Sodium
import Synchronization

/// Follows the issuer's events on a thread of its own, and has the audit chain's head signed now and then. Without the issuer,
/// running sessions go on until the deadlines that they know.
final class EventFollower: Sendable {
  private static let retryMilliseconds = 1000
  static let checkpointMilliseconds: UInt64 = 5000

  private let context: ProxyContext
  private let isStopping = Atomic<Bool>(false)
  /// Whether the stream stands: `/readyz`.
  let isConnected = Atomic<Bool>(false)

  init(_ context: ProxyContext) { self.context = context }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  /// Runs until `stop`. Blocks.
  func follow() {
    while !isStopping.load(ordering: .relaxed) {
      do {
        let open = ProxyEventsOpen(proxy: context.configuration.name, leases: context.sessions.leases)
        try context.issuer.events(
          open, goesOn: { [self] in !isStopping.load(ordering: .relaxed) },
          receive: { event in
            isConnected.store(true, ordering: .relaxed)
            receive(event)
            return !isStopping.load(ordering: .relaxed)
          })
      } catch {
        if isConnected.exchange(false, ordering: .relaxed) {
          context.logger.warning("the issuer's events ended", metadata: ["error": "\(error)"])
        }
      }
      isConnected.store(false, ordering: .relaxed)
      if !isStopping.load(ordering: .relaxed) { Pause.milliseconds(Self.retryMilliseconds) }
    }
  }

  private func receive(_ event: ProxyEvent) {
    switch event {
    case .leaseEnded(let lease, let reason): context.sessions.leaseEnded(lease, reason: reason)
    case .deadlineMoved(let lease, let remaining): context.sessions.deadlineMoved(lease, remainingMilliseconds: remaining)
    case .sessionKilled(let session, let reason): context.sessions.sessionKilled(session, reason: reason)
    case .cancelRequested(let processID, let secret): context.cancelRouter.passedOn(processID: processID, secret: secret)
    case .heartbeat: break
    }
  }

  /// Signs what was recorded since the last time. Blocks.
  func checkpoint() {
    do { try context.audit.checkpoint(by: IssuerSigner(issuer: context.issuer)) } catch {
      context.logger.debug("no checkpoint", metadata: ["error": "\(error)"])
    }
  }
}

/// Has heads signed by the issuer, which alone holds the key.
struct IssuerSigner: CheckpointSigner {
  let issuer: any IssuerConnection

  func sign(_ head: CheckpointHead) throws -> SignedCheckpoint {
    let signed = try issuer.checkpoint(
      ProxyCheckpoint(writer: head.writer, sequence: head.sequence, head: Data(head.hash).base64EncodedString()))
    guard let signature = Data(base64Encoded: signed.signature), let bytes = Data(base64Encoded: signed.publicKey),
      let key = try? VerificationKey(Array(bytes))
    else {
      throw APIError(code: "malformed", message: "the issuer's signature cannot be read", next: "see the issuer's version")
    }
    return SignedCheckpoint(head: head, at: signed.at, signature: Array(signature), key: key)
  }
}
