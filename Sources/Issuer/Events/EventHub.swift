import IssuerAPI
import Synchronization

/// Passes the ledger's events on to the proxies that have a stream open, and wakes those who wait for a request to be decided.
final class EventHub: Sendable {
  /// A proxy that stops reading is cut off rather than remembered without end; it connects again and is told what it missed.
  static let backlogMax = 10_000

  struct Subscriber: Sendable {
    var proxy: String
    var continuation: AsyncStream<ProxyEvent>.Continuation
  }

  private struct State {
    var nextID: UInt64 = 0
    var subscribers: [UInt64: Subscriber] = [:]
    var waiters: [UInt64: (request: String, continuation: AsyncStream<Void>.Continuation)] = [:]
    var isClosed = false
  }
  private let state = Mutex(State())

  /// A proxy's stream; it ends when the hub is closed, when the proxy fell behind, or when nobody iterates any more.
  func subscribe(proxy: String) -> AsyncStream<ProxyEvent> {
    let (stream, continuation) = AsyncStream.makeStream(of: ProxyEvent.self, bufferingPolicy: .bufferingOldest(Self.backlogMax))
    let id = state.withLock { state -> UInt64? in
      guard !state.isClosed else { return nil }
      state.nextID += 1
      state.subscribers[state.nextID] = Subscriber(proxy: proxy, continuation: continuation)
      return state.nextID
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.forgetSubscriber(id) }
    return stream
  }

  /// `except`: the proxy that it came from.
  func publish(_ event: ProxyEvent, except proxy: String? = nil) {
    let subscribers = state.withLock { Array($0.subscribers.values) }
    for subscriber in subscribers where subscriber.proxy != proxy {
      if case .dropped = subscriber.continuation.yield(event) { subscriber.continuation.finish() }
    }
  }

  /// Ends all streams, so that each proxy connects again and is told the truth from the ledger. For when events may have been lost.
  func resynchronize() {
    for subscriber in state.withLock({ Array($0.subscribers.values) }) { subscriber.continuation.finish() }
  }

  /// Names of the proxies that have a stream open.
  var connectedProxies: Set<String> { state.withLock { Set($0.subscribers.values.map(\.proxy)) } }

  /// A stream that yields when the request changed. Subscribe before looking at the request, or a change may slip between.
  func changes(ofRequest request: String) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> UInt64? in
      guard !state.isClosed else { return nil }
      state.nextID += 1
      state.waiters[state.nextID] = (request, continuation)
      return state.nextID
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.forgetWaiter(id) }
    return stream
  }

  func requestChanged(_ request: String) {
    for waiter in state.withLock({ Array($0.waiters.values) }) where waiter.request == request { waiter.continuation.yield() }
  }

  /// Ends every stream: the daemon stops.
  func close() {
    let state = state.withLock { state in
      state.isClosed = true
      return state
    }
    for subscriber in state.subscribers.values { subscriber.continuation.finish() }
    for waiter in state.waiters.values { waiter.continuation.finish() }
  }

  private func forgetSubscriber(_ id: UInt64) { state.withLock { state in _ = state.subscribers.removeValue(forKey: id) } }

  private func forgetWaiter(_ id: UInt64) { state.withLock { state in _ = state.waiters.removeValue(forKey: id) } }
}
