import Foundation
import IssuerAPI
import PostgresWire
import Reactor
import Synchronization

/// Takes a CancelRequest to the session that it names: one of this proxy's, or, by way of the issuer, of one that stands beside it.
/// Behind a TCP balancer a CancelRequest, which is a connection of its own, comes to any of them. A key that nobody knows does
/// nothing, and neither does one of another proxy while the issuer is away.
final class CancelRouter: Sendable {
  private let registry: CancelRegistry
  private let issuer: any IssuerConnection
  private let pool: BlockingPool
  private let proxy: String
  private let metrics: Metrics
  private let ceiling = CancelCeiling()

  init(registry: CancelRegistry, issuer: any IssuerConnection, pool: BlockingPool, proxy: String, metrics: Metrics) {
    self.registry = registry
    self.issuer = issuer
    self.pool = pool
    self.proxy = proxy
    self.metrics = metrics
  }

  /// From a client at this address. `done` is called, on whatever thread, when all is done that will be; it says not what.
  func requested(
    _ key: CancelKey, from address: String, nowMilliseconds: UInt64, done: @escaping @Sendable () -> Void = {}
  ) {
    if cancelHere(key, done: done) { return }
    guard ceiling.enter(address, nowMilliseconds: nowMilliseconds) else {
      metrics.add(.cancelsDropped)
      done()
      return
    }
    let cancel = ProxyCancel(proxy: proxy, processID: key.processID, secret: Data(key.secret).base64EncodedString())
    let isTaken = pool.submit { [issuer, ceiling, metrics] in
      defer {
        ceiling.leave()
        done()
      }
      do {
        try issuer.cancel(cancel)
        metrics.add(.cancelsPassedOn)
      } catch { metrics.add(.cancelsDropped) }
    }
    if !isTaken {
      ceiling.leave()
      metrics.add(.cancelsDropped)
      done()
    }
  }

  /// From a proxy beside this one. It goes no further.
  func passedOn(processID: UInt32, secret: String) {
    guard let secret = Data(base64Encoded: secret), let key = CancelKey(processID: processID, secret: Array(secret)) else {
      return
    }
    _ = cancelHere(key, done: {})
  }

  private func cancelHere(_ key: CancelKey, done: @escaping @Sendable () -> Void) -> Bool {
    guard registry.cancel(key, done: done) else { return false }
    metrics.add(.cancels)
    return true
  }
}

/// How many foreign keys are passed on: anybody can send CancelRequests, without a login, and each would be work for the issuer and
/// for every other proxy.
final class CancelCeiling: Sendable {
  /// In a second, from one address; behind a balancer that hides its clients' addresses they share it.
  static let perAddressMax = 50
  /// In a second, from all.
  static let totalMax = 200
  /// Waiting for the issuer at one time, as logins do.
  static let underWayMax = 64

  private struct State {
    var windowStart: UInt64 = 0
    var total = 0
    var byAddress: [String: Int] = [:]
    var underWay = 0
  }
  private let state = Mutex(State())

  /// Whether one more may go. Then `leave` follows.
  func enter(_ address: String, nowMilliseconds: UInt64) -> Bool {
    state.withLock { state in
      // Loops read the clock at slightly different times.
      if nowMilliseconds >= state.windowStart + 1000 {
        state.windowStart = nowMilliseconds
        state.total = 0
        state.byAddress = [:]
      }
      let count = state.byAddress[address, default: 0]
      guard count < Self.perAddressMax, state.total < Self.totalMax, state.underWay < Self.underWayMax else { return false }
      state.byAddress[address] = count + 1
      state.total += 1
      state.underWay += 1
      return true
    }
  }

  func leave() { state.withLock { $0.underWay -= 1 } }
}
