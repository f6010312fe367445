import Glibc

/// A moment, in microseconds since 1970-01-01 UTC, and its one text form `2026-11-23T04:25:11.000042Z`.
public struct AuditTime: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 27: every text form has this length, so that texts sort as times do.
  static let textBytes = 27
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Microseconds since 1970-01-01 UTC; from year 0 to year 9999.
  public let microseconds: Int64

  /// Clamps to the years 1970 to 9999, which the text form can show.
  public init(microseconds: Int64) { self.microseconds = min(max(microseconds, 0), 253_402_300_799_999_999) }

  /// The system's clock.
  public static func now() -> AuditTime {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return AuditTime(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
  }

  public static func < (left: AuditTime, right: AuditTime) -> Bool { left.microseconds < right.microseconds }

  public var description: String {
    var line = JSONLine(capacity: Self.textBytes)
    append(to: &line)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  /// Appends the text form.
  func append(to line: inout JSONLine) {
    appendSecond(to: &line)
    line.decimal(UInt64(microseconds % 1_000_000), digits: 6)
    line.raw("Z")
  }

  /// The text form up to the point before the decimals.
  fileprivate func appendSecond(to line: inout JSONLine) {
    let (days, rest) = microseconds.quotientAndRemainder(dividingBy: Self.microsecondsPerDay)
    let (year, month, day) = Self.civil(days)
    let seconds = rest / 1_000_000
    let fields: [(Int64, Int, StaticString)] = [
      (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (seconds / 3600, 2, ":"), (seconds / 60 % 60, 2, ":"),
      (seconds % 60, 2, "."),
    ]
    for (number, digits, separator) in fields {
      line.decimal(UInt64(number), digits: digits)
      line.raw(separator)
    }
  }

  /// Reads the text form, or a beginning of it that ends with the day, minute, second or some decimals (`2026-11-23`,
  /// `2026-11-23T04:25Z`); a blank may stand for the T, the Z may be missing. Nil for anything else.
  public init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    if rest.last == UInt8(ascii: "Z") { rest = rest.dropLast() }
    func number(_ digits: Int, upTo limit: Int64) -> Int64? {
      guard rest.count >= digits, rest.prefix(digits).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
      }
      let value = rest.prefix(digits).reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
      rest = rest.dropFirst(digits)
      return value <= limit ? value : nil
    }
    func skip(_ characters: [UInt8]) -> Bool {
      guard let first = rest.first, characters.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    let dash = [UInt8(ascii: "-")]
    let colon = [UInt8(ascii: ":")]
    guard let year = number(4, upTo: 9999), year >= 1970, skip(dash), let month = number(2, upTo: 12), month > 0, skip(dash),
      let day = number(2, upTo: 31), day > 0
    else { return nil }
    let days = Self.days(year, month, day)
    guard Self.civil(days) == (year, month, day) else { return nil }
    var total = days * Self.microsecondsPerDay
    if !rest.isEmpty {
      guard skip([UInt8(ascii: "T"), UInt8(ascii: " ")]), let hour = number(2, upTo: 23), skip(colon),
        let minute = number(2, upTo: 59)
      else { return nil }
      total += (hour * 60 + minute) * 60_000_000
      if !rest.isEmpty {
        guard skip(colon), let second = number(2, upTo: 59) else { return nil }
        total += second * 1_000_000
        if !rest.isEmpty {
          guard skip([UInt8(ascii: ".")]), (1...6).contains(rest.count) else { return nil }
          let digits = rest.count
          guard var fraction = number(digits, upTo: 999_999) else { return nil }
          for _ in digits..<6 { fraction *= 10 }
          total += fraction
        }
      }
    }
    microseconds = total
  }

  // Both by Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", for dates from 1970 on.
  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// Writes times of one chain, most of which fall into the same second as the one before.
struct TimeText {
  private var second: Int64 = -1
  private var text: [UInt8] = []

  mutating func append(_ time: AuditTime, to line: inout JSONLine) {
    let (second, decimals) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    if second != self.second {
      var fresh = JSONLine(capacity: AuditTime.textBytes)
      time.appendSecond(to: &fresh)
      text = fresh.bytes
      self.second = second
    }
    line.raw(text)
    line.decimal(UInt64(decimals), digits: 6)
    line.raw("Z")
  }
}
