import Foundation
import IssuerAPI

extension IssuerService {
  /// Cancel keys that one proxy may pass on in a second: far more than people press a stop button, and few enough that a flood of
  /// CancelRequests costs the other proxies nothing.
  static let cancelsPerSecondMax = 200

  /// Tells a proxy's siblings of a cancel key that is none of its own.
  func passOn(_ cancel: ProxyCancel) throws {
    try Self.checkText(cancel.proxy, "proxy", bytesMax: 100)
    guard let secret = Data(base64Encoded: cancel.secret), (4...256).contains(secret.count) else {
      throw APIError.invalid("a cancel key's secret has 4 to 256 bytes", next: "send it as the client did")
    }
    let now = ContinuousClock.now
    guard !cancelLimiter.isBlocked(cancel.proxy, now: now) else {
      throw APIError(
        code: "rate_limited", message: "the proxy passed on too many cancel keys", next: "lower its limits, or wait a second")
    }
    cancelLimiter.failed(cancel.proxy, now: now)
    hub.publish(.cancelRequested(processID: cancel.processID, secret: cancel.secret), except: cancel.proxy)
  }
}
