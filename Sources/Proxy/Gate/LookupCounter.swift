import Synchronization

/// How often each lease has asked each masked column of late, over all sessions of the proxy.
final class LookupCounter: Sendable {
  struct Column: Sendable, Hashable {
    var lease: String
    var table: UInt32
    var number: Int16
  }

  private struct Minute {
    var startMilliseconds: UInt64
    var count: Int
  }

  static let columnsMax = 10_000
  private static let minuteMilliseconds: UInt64 = 60_000
  private let minutes = Mutex<[Column: Minute]>([:])

  /// Counts one question.
  ///
  /// - Returns: nil when it may be asked, else how many seconds to wait.
  func take(_ column: Column, perMinuteMax: Int, nowMilliseconds now: UInt64) -> Int? {
    minutes.withLock { minutes in
      if minutes.count >= Self.columnsMax, minutes[column] == nil {
        minutes = minutes.filter { Self.isRunning($0.value, now) }
      }
      var minute = minutes[column] ?? Minute(startMilliseconds: now, count: 0)
      if !Self.isRunning(minute, now) { minute = Minute(startMilliseconds: now, count: 0) }
      guard minute.count < perMinuteMax else {
        let passed = now > minute.startMilliseconds ? now - minute.startMilliseconds : 0
        return Int((Self.minuteMilliseconds - min(passed, Self.minuteMilliseconds)) / 1000) + 1
      }
      minute.count += 1
      minutes[column] = minute
      return nil
    }
  }

  /// Loops look at the clock at different moments: a time before the start is within the minute.
  private static func isRunning(_ minute: Minute, _ now: UInt64) -> Bool {
    now < minute.startMilliseconds || now - minute.startMilliseconds < minuteMilliseconds
  }
}
