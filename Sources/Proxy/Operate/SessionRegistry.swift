import Reactor
import Synchronization

/// The sessions that are logged in, by lease and by id, for the issuer's events.
final class SessionRegistry: Sendable {
  /// A session as other threads may name it.
  struct Member: Sendable {
    var session: String
    var lease: String
    /// Ends the session with a reason.
    var end: @Sendable (_ reason: String) -> Void
    var moveDeadline: @Sendable (_ remainingMilliseconds: Int) -> Void
  }

  private static let endedKeptMax = 10_000

  private struct State {
    var members: [String: Member] = [:]
    /// Leases that ended while a login of theirs may still have been on its way here.
    var ended: [String: String] = [:]
    var endedInOrder: [String] = []
  }
  private let state = Mutex(State())

  /// Adds a session; gives the reason why its lease is over already, if it is.
  func add(_ member: Member) -> String? {
    state.withLock { state in
      if let reason = state.ended[member.lease] { return reason }
      state.members[member.session] = member
      return nil
    }
  }

  func remove(session: String) { state.withLock { _ = $0.members.removeValue(forKey: session) } }

  var count: Int { state.withLock { $0.members.count } }
  var leases: [String] { state.withLock { Array(Set($0.members.values.map(\.lease))) } }

  func leaseEnded(_ lease: String, reason: String) {
    let members = state.withLock { state in
      if state.ended.updateValue(reason, forKey: lease) == nil { state.endedInOrder.append(lease) }
      if state.endedInOrder.count > Self.endedKeptMax { state.ended[state.endedInOrder.removeFirst()] = nil }
      return state.members.values.filter { $0.lease == lease }
    }
    for member in members { member.end(reason) }
  }

  func deadlineMoved(_ lease: String, remainingMilliseconds: Int) {
    for member in state.withLock({ $0.members.values.filter { $0.lease == lease } }) {
      member.moveDeadline(remainingMilliseconds)
    }
  }

  func sessionKilled(_ session: String, reason: String) {
    state.withLock { $0.members[session] }?.end(reason)
  }

  func endAll(reason: String) {
    for member in state.withLock({ Array($0.members.values) }) { member.end(reason) }
  }
}
