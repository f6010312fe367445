import Synchronization

/// The sessions that are logged in, by lease and by id, for the issuer's events.
final class SessionRegistry: Sendable {
  /// Tells a session, from any thread.
  typealias Tell = @Sendable (News) -> Void

  enum News: Sendable, Equatable {
    /// It ends, with a reason.
    case over(reason: String)
    case deadline(remainingMilliseconds: Int)
  }

  private static let endedKeptMax = 10_000

  /// A closure by itself would be wrapped in another one by the dictionary.
  private struct Member {
    let tell: Tell
  }

  private struct State {
    /// By lease, then by id.
    var sessions: [String: [String: Member]] = [:]
    /// Leases that ended while a login of theirs may still have been on its way here.
    var ended: [String: String] = [:]
    var endedInOrder: [String] = []
  }
  private let state = Mutex(State())

  /// The lease as its other sessions name it: thousands of them keep one text.
  func shared(_ lease: String) -> String {
    state.withLock { state in state.sessions.index(forKey: lease).map { state.sessions[$0].key } ?? lease }
  }

  /// Adds a session; gives the reason why its lease is over already, if it is.
  func add(_ session: String, of lease: String, _ tell: @escaping Tell) -> String? {
    state.withLock { state in
      if let reason = state.ended[lease] { return reason }
      state.sessions[lease, default: [:]][session] = Member(tell: tell)
      return nil
    }
  }

  func remove(_ session: String, of lease: String) {
    state.withLock { state in
      state.sessions[lease]?[session] = nil
      if state.sessions[lease]?.isEmpty == true { state.sessions[lease] = nil }
    }
  }

  var leases: [String] { state.withLock { Array($0.sessions.keys) } }

  func leaseEnded(_ lease: String, reason: String) {
    let sessions = state.withLock { state in
      if state.ended.updateValue(reason, forKey: lease) == nil { state.endedInOrder.append(lease) }
      if state.endedInOrder.count > Self.endedKeptMax { state.ended[state.endedInOrder.removeFirst()] = nil }
      return state.sessions[lease] ?? [:]
    }
    for member in sessions.values { member.tell(.over(reason: reason)) }
  }

  func deadlineMoved(_ lease: String, remainingMilliseconds: Int) {
    let sessions = state.withLock { $0.sessions[lease] ?? [:] }
    for member in sessions.values { member.tell(.deadline(remainingMilliseconds: remainingMilliseconds)) }
  }

  func sessionKilled(_ session: String, reason: String) {
    let member = state.withLock { state in state.sessions.values.lazy.compactMap { $0[session] }.first }
    member?.tell(.over(reason: reason))
  }
}
