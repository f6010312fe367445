import Foundation
import IssuerAPI
import Synchronization

/// Learns that a lease is over: asks the issuer when a session ended, and at the deadline. On a thread of its own, so that signals are
/// never kept waiting.
final class LeaseWatch: Sendable {
  private struct State {
    var due: ContinuousClock.Instant
    var isAsking = false
    var reason: String?
  }
  private static let retrySeconds = 5

  private let client: IssuerClient
  private let lease: Lease
  private let state: Mutex<State>

  init(_ client: IssuerClient, _ lease: Lease) {
    self.client = client
    self.lease = lease
    state = Mutex(State(due: .now + .seconds(lease.remainingSeconds)))
  }

  /// Why the lease ended; nil while it lives.
  var reason: String? { state.withLock { $0.reason } }

  /// - Parameter sessionEnded: something ended that the lease's end would explain.
  func look(sessionEnded: Bool) {
    let isDue = state.withLock { state in
      guard state.reason == nil, !state.isAsking, sessionEnded || state.due <= .now else { return false }
      state.isAsking = true
      return true
    }
    guard isDue else { return }
    Thread.detachNewThread { [self] in
      var reason: String?
      var seconds = Self.retrySeconds
      do throws(IssuerFailure) {
        let now = try client.lease(lease.id)
        if now.state == .active, now.remainingSeconds > 0 {
          seconds = now.remainingSeconds
        } else {
          reason = now.endReason ?? "it expired at \(now.deadline)"
        }
      } catch {
        if error.kind == .notFound { reason = "the issuer does not know it any more" }
      }
      state.withLock { $0 = State(due: .now + .seconds(seconds), reason: reason) }
    }
  }
}
