import Foundation
import IssuerAPI
import Synchronization

/// Renews a lease at half of what is left, on a thread of its own, so that signals are never kept waiting.
final class LeaseRenewal: Sendable {
  private struct State {
    var due: ContinuousClock.Instant?
    var isRunning = false
  }
  private let client: IssuerClient
  private let lease: Lease?
  private let state: Mutex<State>

  init(_ client: IssuerClient, _ lease: Lease?) {
    self.client = client
    self.lease = lease
    state = Mutex(State(due: lease.map { Self.due(after: $0) }))
  }

  private static func due(after lease: Lease) -> ContinuousClock.Instant {
    .now + .milliseconds(max(lease.remainingSeconds, 2) * 500)
  }

  func renewIfDue() {
    guard let lease else { return }
    let isDue = state.withLock { state in
      guard let due = state.due, due <= .now, !state.isRunning else { return false }
      state.isRunning = true
      return true
    }
    guard isDue else { return }
    Thread.detachNewThread { [self] in
      let next: ContinuousClock.Instant?
      do throws(IssuerFailure) {
        let renewed = try client.renew(lease.id)
        // At its ceiling a renewal no longer moves the deadline.
        next = renewed.deadline == renewed.ceiling ? nil : Self.due(after: renewed)
        if next == nil { Terminal.standardError.write("issuerctl: the lease is at its ceiling and ends at \(renewed.deadline)") }
      } catch {
        let isFinal = error.kind == .denied || error.kind == .notFound || error.kind == .conflict || error.kind == .invalid
        next = isFinal ? nil : .now + .seconds(5)
        Terminal.standardError.write("issuerctl: the lease was not renewed: \(error.message)")
      }
      state.withLock { $0 = State(due: next) }
    }
  }
}
