import Synchronization

/// Counts failures by key (a role, an address) and says when there were too many of late.
final class FailureLimiter: Sendable {
  private struct Window {
    var start: ContinuousClock.Instant
    var count: Int
  }

  private let countMax: Int
  private let period: Duration
  private let windows = Mutex<[String: Window]>([:])
  /// Keys remembered at most; beyond it the oldest windows go.
  private let keysMax = 50_000

  init(countMax: Int, period: Duration) {
    self.countMax = countMax
    self.period = period
  }

  func isBlocked(_ key: String, now: ContinuousClock.Instant) -> Bool {
    windows.withLock { windows in
      guard let window = windows[key], now - window.start < period else { return false }
      return window.count >= countMax
    }
  }

  func failed(_ key: String, now: ContinuousClock.Instant) {
    windows.withLock { windows in
      if windows.count >= keysMax { windows = windows.filter { now - $0.value.start < period } }
      guard windows.count < keysMax || windows[key] != nil else { return }
      if let window = windows[key], now - window.start < period {
        windows[key] = Window(start: window.start, count: min(window.count + 1, countMax))
      } else {
        windows[key] = Window(start: now, count: 1)
      }
    }
  }
}
