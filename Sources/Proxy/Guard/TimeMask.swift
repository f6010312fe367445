import Policy

/// Dates and timestamps cut to a year, a month or a decade, in UTC whatever the session's time zone is.
///
/// In text only the ISO form is understood; in binary PostgreSQL counts days or microseconds from 2000-01-01 (date_send,
/// timestamp_send). Values outside of the years 10 to 9999 and infinities are NULL.
struct TimeMask {
  enum Form: Equatable { case date, timestamp, timestampInZone }

  private enum Unit { case year, month, decade }
  private let unit: Unit
  private let form: Form
  private let isBinary: Bool
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Nil for kinds that say nothing of times.
  init?(kind: MaskKind, form: Form, isBinary: Bool) {
    switch kind {
    case .year: unit = .year
    case .month: unit = .month
    case .bucket: unit = .decade
    default: return nil
    }
    self.form = form
    self.isBinary = isBinary
  }

  /// What is shown; nil for NULL.
  func masked(_ value: [UInt8]) -> [UInt8]? {
    guard let day = isBinary ? binaryDay(value) : textDay(value) else { return nil }
    var (year, month) = Self.yearAndMonth(day)
    guard (10...9999).contains(year) else { return nil }
    if unit != .month { month = 1 }
    if unit == .decade { year -= year % 10 }
    if isBinary { return binary(Self.day(year, month, 1)) }
    let digits = String(year)
    let date = String(repeating: "0", count: 4 - digits.count) + digits + (month < 10 ? "-0\(month)-01" : "-\(month)-01")
    switch form {
    case .date: return Array(date.utf8)
    case .timestamp: return Array("\(date) 00:00:00".utf8)
    case .timestampInZone: return Array("\(date) 00:00:00+00".utf8)
    }
  }

  // MARK: Binary

  private func binaryDay(_ value: [UInt8]) -> Int64? {
    guard value.count == (form == .date ? 4 : 8) else { return nil }
    let bits = value.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    if form == .date { return Int64(Int32(truncatingIfNeeded: bits)) }
    let microseconds = Int64(bitPattern: bits)
    return microseconds >= 0
      ? microseconds / Self.microsecondsPerDay : (microseconds + 1) / Self.microsecondsPerDay - 1
  }

  private func binary(_ day: Int64) -> [UInt8] {
    let (bytes, number) = form == .date ? (4, day) : (8, day * Self.microsecondsPerDay)
    return (0..<bytes).map { UInt8(truncatingIfNeeded: number >> Int64(8 * (bytes - 1 - $0))) }
  }

  // MARK: Text

  /// `2026-08-03`, `2026-08-03 10:00:00.5`, `2026-08-03 10:00:00.5+02:30`.
  private func textDay(_ value: [UInt8]) -> Int64? {
    guard value.count >= 10, value[4] == UInt8(ascii: "-"), value[7] == UInt8(ascii: "-"),
      let year = Self.number(value[0..<4]), let month = Self.number(value[5..<7]), (1...12).contains(month),
      let dayOfMonth = Self.number(value[8..<10]), (1...31).contains(dayOfMonth)
    else { return nil }
    let day = Self.day(year, month, dayOfMonth)
    if form == .date { return value.count == 10 ? day : nil }
    guard value.count >= 19, value[10] == UInt8(ascii: " "), value[13] == UInt8(ascii: ":"), value[16] == UInt8(ascii: ":"),
      let hour = Self.number(value[11..<13]), let minute = Self.number(value[14..<16]), let second = Self.number(value[17..<19])
    else { return nil }
    var rest = value[19...]
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
    guard form == .timestampInZone else { return rest.isEmpty ? day : nil }
    guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
    let parts = rest.dropFirst().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { Self.number($0) }
    guard (1...3).contains(parts.count) else { return nil }
    var offset: Int64 = 0
    for (part, seconds) in zip(parts, [3600, 60, 1] as [Int64]) {
      guard let part else { return nil }
      offset += part * seconds
    }
    let seconds = hour * 3600 + minute * 60 + second - (sign == UInt8(ascii: "+") ? offset : -offset)
    return day + (seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard (1...4).contains(digits.count), digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
  }

  // MARK: Calendar

  /// Days from 2000-01-01 in the Gregorian calendar; years begin in March, so that leap days are last.
  private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 730_425
  }

  private static func yearAndMonth(_ day: Int64) -> (year: Int64, month: Int64) {
    // Far outside of what is shown; also keeps the sums from overflowing.
    guard (-800_000...3_000_000).contains(day) else { return (0, 1) }
    let shifted = day + 730_425
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
  }
}
