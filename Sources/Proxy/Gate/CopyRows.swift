import SQLAnalysis

/// Reads what a client sends for a COPY FROM STDIN, in pieces of any length, and shows the values of the columns that are asked for. It holds
/// one value at a time, and of that no more than `valueBytesMax`.
struct CopyRows {
  /// A value of a column, as it would be stored; what goes beyond `valueBytesMax` is left out.
  typealias Look = (_ column: Int, _ value: [UInt8], _ isBinary: Bool) -> Bool

  /// No mask shows so much, blanks at the end excepted.
  static let valueBytesMax = 1024

  private enum Place {
    case start
    /// Behind a backslash, or within the digits of one: in text.
    case escaped
    case octal(Int, UInt8)
    case hexadecimal(Int, UInt8)
    /// Within quotes, behind an escape or quote in them, and behind them: in CSV.
    case quoted, quotedEscape
    /// Binary: so many bytes of the header's fixed part, of its extension, of a count, of a length, of a value.
    case header
    case headerExtension(Int)
    case count, length
    case value(Int)
    case over
  }

  private let form: CopyIn
  private let wanted: [Bool]
  private var place = Place.start
  private var value: [UInt8] = []
  /// Text: the field as it is written, as far as it can be NULL's mark.
  private var written: [UInt8] = []
  private var isQuoted = false
  private var column = 0
  private var columns = 0
  private var isFirstLine = true
  private var afterReturn = false
  private var lineBytes = 0
  /// Of the row at hand, from 1; of a value with line ends in it, that where the row begins.
  private(set) var line = 1
  private var lineEnds = 0

  /// - Parameter wanted: for each column of the data whether its values are asked for.
  init(_ form: CopyIn, wanted: [Bool]) {
    self.form = form
    self.wanted = wanted
    if form.format == .binary { place = .header }
  }

  /// Reads on.
  ///
  /// - Parameter look: says whether a value ends the reading.
  /// - Returns: the column of the value that did.
  mutating func read(_ bytes: Span<UInt8>, _ look: Look) -> Int? {
    var index = 0
    while index < bytes.count {
      let found =
        switch form.format {
        case .text: text(bytes[index], look)
        case .csv: csv(bytes[index], look)
        case .binary: binary(bytes, &index, look)
        }
      if let found { return found }
      index += 1
    }
    return nil
  }

  /// The data have ended: the last line may have no end.
  mutating func end(_ look: Look) -> Int? {
    guard form.format != .binary, lineBytes > 0 else { return nil }
    if case .octal(_, let byte) = place { append(byte) }
    if case .hexadecimal(let digits, let byte) = place { append(digits == 0 ? UInt8(ascii: "x") : byte) }
    return fieldEnds(look)
  }

  private mutating func append(_ byte: UInt8) {
    if value.count < Self.valueBytesMax { value.append(byte) }
  }

  // MARK: Text (manual: COPY, "Text Format")

  private mutating func text(_ byte: UInt8, _ look: Look) -> Int? {
    switch place {
    case .escaped:
      place = .start
      note(byte)
      escaped(byte)
      return nil
    case .octal(let digits, let number):
      if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte), digits < 3 {
        note(byte)
        place = .octal(digits + 1, number &* 8 &+ (byte - UInt8(ascii: "0")))
        return nil
      }
      append(number)
    case .hexadecimal(let digits, let number):
      if let digit = Character(UnicodeScalar(byte)).hexDigitValue, digits < 2 {
        note(byte)
        place = .hexadecimal(digits + 1, number &* 16 &+ UInt8(digit))
        return nil
      }
      append(digits == 0 ? UInt8(ascii: "x") : number)
    case .over: return nil
    default: break
    }
    place = .start
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return lineEndsWith(byte, look)
    case form.delimiter:
      lineBytes += 1
      return fieldEnds(look)
    case UInt8(ascii: "\\"):
      note(byte)
      place = .escaped
    default:
      note(byte)
      append(byte)
    }
    return nil
  }

  private mutating func note(_ byte: UInt8) {
    lineBytes += 1
    afterReturn = false
    if written.count <= form.null?.count ?? 0 { written.append(byte) }
  }

  private mutating func escaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "b"): append(8)
    case UInt8(ascii: "f"): append(12)
    case UInt8(ascii: "n"): append(10)
    case UInt8(ascii: "r"): append(13)
    case UInt8(ascii: "t"): append(9)
    case UInt8(ascii: "v"): append(11)
    case UInt8(ascii: "0")...UInt8(ascii: "7"): place = .octal(1, byte - UInt8(ascii: "0"))
    case UInt8(ascii: "x"): place = .hexadecimal(0, 0)
    // `\.` alone on its line ends the data.
    case UInt8(ascii: ".") where lineBytes == 2: place = .over
    default: append(byte)
    }
  }

  // MARK: CSV

  private mutating func csv(_ byte: UInt8, _ look: Look) -> Int? {
    switch place {
    case .quoted:
      note(byte)
      if byte == UInt8(ascii: "\n") { lineEnds += 1 }
      if byte == form.escape {
        place = .quotedEscape
      } else if byte == form.quote {
        place = .start
      } else {
        append(byte)
      }
      return nil
    case .quotedEscape:
      // The escape means itself but before a quote or an escape; where it is the quote, it ends the quotes then.
      if byte == form.quote || byte == form.escape {
        note(byte)
        append(byte)
        place = .quoted
        return nil
      }
      if form.escape == form.quote {
        place = .start
      } else {
        append(form.escape)
        place = .quoted
        return csv(byte, look)
      }
    default: break
    }
    switch byte {
    case form.quote:
      note(byte)
      isQuoted = true
      place = .quoted
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return lineEndsWith(byte, look)
    case form.delimiter:
      lineBytes += 1
      return fieldEnds(look)
    default:
      note(byte)
      append(byte)
    }
    return nil
  }

  // MARK: Lines

  private mutating func lineEndsWith(_ byte: UInt8, _ look: Look) -> Int? {
    if byte == UInt8(ascii: "\n"), afterReturn {
      afterReturn = false
      return nil
    }
    let found = fieldEnds(look)
    if found != nil { return found }
    afterReturn = byte == UInt8(ascii: "\r")
    isFirstLine = false
    column = 0
    lineBytes = 0
    line += 1 + lineEnds
    lineEnds = 0
    return nil
  }

  private mutating func fieldEnds(_ look: Look) -> Int? {
    defer {
      value.removeAll(keepingCapacity: true)
      written.removeAll(keepingCapacity: true)
      isQuoted = false
      column += 1
    }
    guard wanted.indices.contains(column), wanted[column], !(isFirstLine && form.hasHeader) else { return nil }
    if !isQuoted, let null = form.null, written == null { return nil }
    return look(column, value, false) ? column : nil
  }

  // MARK: Binary

  private static let headerBytes = 19

  private mutating func binary(_ bytes: Span<UInt8>, _ index: inout Int, _ look: Look) -> Int? {
    switch place {
    case .header:
      guard let length = number(bytes[index], after: Self.headerBytes, of: 4) else { return nil }
      next(length > 0 ? .headerExtension(length) : .count)
    case .headerExtension(let left):
      // Whatever it is, it is passed over.
      let count = min(left, bytes.count - index)
      index += count - 1
      place = count == left ? .count : .headerExtension(left - count)
    case .count:
      guard let count = number(bytes[index], after: 2, of: 2) else { return nil }
      // -1 ends the data.
      columns = count
      column = 0
      next(count == 0xffff ? .over : count == 0 ? .count : .length)
    case .length:
      guard let length = number(bytes[index], after: 4, of: 4) else { return nil }
      if length == 0 || length >= 0x8000_0000 {
        let found = length == 0 ? shown(look) : nil
        fieldPassed()
        return found
      }
      next(.value(length))
    case .value(let left):
      let count = min(left, bytes.count - index)
      var position = index
      while position < index + count, value.count < Self.valueBytesMax {
        value.append(bytes[position])
        position += 1
      }
      index += count - 1
      guard count == left else {
        place = .value(left - count)
        return nil
      }
      let found = shown(look)
      fieldPassed()
      return found
    default: break
    }
    return nil
  }

  /// Gathers the bytes of a number; nil until all are there.
  private mutating func number(_ byte: UInt8, after count: Int, of bytes: Int) -> Int? {
    value.append(byte)
    guard value.count == count else { return nil }
    return value.suffix(bytes).reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func next(_ place: Place) {
    self.place = place
    value.removeAll(keepingCapacity: true)
  }

  private func shown(_ look: Look) -> Int? {
    let value = if case .value = place { value } else { [UInt8]() }
    guard wanted.indices.contains(column), wanted[column], look(column, value, true) else { return nil }
    return column
  }

  private mutating func fieldPassed() {
    column += 1
    if column == columns { line += 1 }
    next(column == columns ? .count : .length)
  }
}
