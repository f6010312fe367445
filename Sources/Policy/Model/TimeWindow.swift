import Foundation

/// A point in time, told by whoever has a clock: policy reads none.
public struct WallClock: Sendable, Equatable, Comparable {
  public var secondsSince1970: Int

  public init(secondsSince1970: Int) { self.secondsSince1970 = secondsSince1970 }

  public static func < (left: Self, right: Self) -> Bool { left.secondsSince1970 < right.secondsSince1970 }
}

/// Hours of the week in which a rule holds, in a named time zone. A window whose end is not after its start ends on the next day.
public struct TimeWindow: Sendable, Equatable, Codable {
  /// Raw values are the words of the policy file; the week starts on Monday.
  public enum Day: String, Sendable, Hashable, Codable, CaseIterable { case mon, tue, wed, thu, fri, sat, sun }

  /// On which a window starts, in the order of the week.
  public var days: [Day]
  public var startMinute: Int
  public var endMinute: Int
  /// A name of the IANA time zone database.
  public var timeZone: String

  /// Seconds until the window closes; nil when it is not open, and when the time zone is unknown here: then nothing is allowed.
  public func secondsLeft(at now: WallClock) -> Int? {
    guard let zone = TimeZone(identifier: timeZone) else { return nil }
    let offset = { (seconds: Int) in zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))) }
    let (local, overflow) = now.secondsSince1970.addingReportingOverflow(offset(now.secondsSince1970))
    if overflow { return nil }
    // 1970-01-01 was a Thursday; floor division, for times before it.
    let dayNumber = Int((Double(local) / 86_400).rounded(.down))
    for daysBack in 0...1 {
      let startDay = dayNumber - daysBack
      let weekday = ((startDay + 3) % 7 + 7) % 7
      guard days.contains(Day.allCases[weekday]) else { continue }
      let start = startDay * 86_400 + startMinute * 60
      let end = startDay * 86_400 + (endMinute > startMinute ? endMinute : endMinute + 1440) * 60
      guard local >= start, local < end else { continue }
      // The offset at the end counts: clocks may change inside the window.
      let left = end - offset(end - offset(now.secondsSince1970)) - now.secondsSince1970
      if left > 0 { return left }
    }
    return nil
  }

  /// For people: `mon-fri 08:00-18:00 Europe/Vienna`.
  public var description: String {
    "\(days.map(\.rawValue).joined(separator: ",")) \(Self.clock(startMinute))-\(Self.clock(endMinute)) \(timeZone)"
  }

  static func clock(_ minute: Int) -> String {
    let (hours, minutes) = (minute / 60, minute % 60)
    return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
  }
}
