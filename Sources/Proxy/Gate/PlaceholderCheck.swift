import Policy
import PostgresWire
import SQLAnalysis

/// Keeps what a mask shows from being written back as data by a careless client, which read a row and saves all of its columns.
struct PlaceholderCheck {
  /// The rule that a refusal names.
  static let rule = "masking/placeholder"

  /// A masked column that a parameter is written into.
  struct Written: Sendable {
    /// `$n`, counted from 1.
    var number: Int
    var table: String
    var column: MaskedTable.Column
  }

  let tables: [MaskedTable]

  /// The error in place of a statement that writes a placeholder, or what a shadow shows, into a masked column.
  func refusal(of translation: Translation, text: [UInt8]) -> ErrorResponse? {
    for assignment in translation.assignments {
      guard let (table, column) = target(assignment) else { continue }
      switch assignment.value {
      case .parameter: continue
      case .constant(let value): guard Self.isShown(Array(value.utf8), for: column) else { continue }
      case .masked: break
      }
      let characters = text.prefix(assignment.offset).lazy.filter { $0 & 0xc0 != 0x80 }.count
      return ErrorReplies.placeholder(column, of: table, position: characters + 1)
    }
    return nil
  }

  /// The parameters of Bind that the statement writes into masked columns.
  func written(by translation: Translation) -> [Written] {
    translation.assignments.compactMap { $0.preparation == nil ? written($0) : nil }
  }

  /// Those of each statement that the text prepares by SQL, by its name: they come by EXECUTE.
  func prepared(by translation: Translation) -> [String: [Written]] {
    translation.assignments.reduce(into: [:]) { prepared, assignment in
      guard let preparation = assignment.preparation, let written = written(assignment) else { return }
      prepared[preparation.name, default: []].append(written)
    }
  }

  private func written(_ assignment: MaskedAssignment) -> Written? {
    guard case .parameter(let number) = assignment.value, let (table, column) = target(assignment) else { return nil }
    return Written(number: number, table: table, column: column)
  }

  static func refusal(of bind: Bind, _ written: [Written]) -> ErrorResponse? {
    let formats = bind.parameterFormats
    for target in written where bind.parameters.indices.contains(target.number - 1) {
      guard let value = bind.parameters[target.number - 1] else { continue }
      let index = target.number - 1
      let format = formats.count == 1 ? formats[0] : formats.indices.contains(index) ? formats[index] : 0
      if format == 1 ? isShownInBinary(value, for: target.column) : isShown(value, for: target.column) {
        return ErrorReplies.placeholder(target.column, of: target.table, position: nil)
      }
    }
    return nil
  }

  /// Whether a value can be told by its bytes to be what the mask shows.
  static func isTold(_ mask: MaskKind) -> Bool {
    switch mask {
    case .redact, .partial, .email, .last4, .hash: true
    case .year, .month, .bucket, .null, .deny: false
    }
  }

  private func target(_ assignment: MaskedAssignment) -> (String, MaskedTable.Column)? {
    guard tables.indices.contains(assignment.table) else { return nil }
    let table = tables[assignment.table]
    guard let column = table.columns.first(where: { $0.name == assignment.column && $0.mask != nil }) else { return nil }
    return ("\(table.schema).\(table.table)", column)
  }

  // MARK: What masks show (sql/shadows/masks.sql)

  /// Whether a value, as text, can be told to be what the column's mask shows. Zeros, dates and numbers cannot: they are values, too.
  static func isShown(_ value: [UInt8], for column: MaskedTable.Column) -> Bool {
    guard let mask = column.mask else { return false }
    if column.type.hasSuffix("[]") {
      let elements = value.split { [UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: "\"")].contains($0) }
      return elements.contains { isShown($0, by: mask) }
    }
    switch column.type {
    case "uuid":
      return mask == .redact && !value.isEmpty && value.allSatisfy { [UInt8(ascii: "0"), UInt8(ascii: "-")].contains($0) }
    case "json", "jsonb": return mask == .redact && value.elementsEqual("\"***\"".utf8)
    default: return isShown(value[...], by: mask)
    }
  }

  static func isShownInBinary(_ value: [UInt8], for column: MaskedTable.Column) -> Bool {
    if column.type.hasSuffix("[]") {
      // Elements stand between their lengths.
      return column.mask != .hash && value.split(separator: 0).contains { $0.dropFirst().starts(with: "***".utf8) }
    }
    switch column.type {
    case "uuid": return column.mask == .redact && value.count == 16 && value.allSatisfy { $0 == 0 }
    case "jsonb": return isShown(Array(value.dropFirst()), for: column)
    default: return isShown(value, for: column)
    }
  }

  private static func isShown(_ value: ArraySlice<UInt8>, by mask: MaskKind) -> Bool {
    // char(n) is padded.
    let text = value.reversed().drop { $0 == UInt8(ascii: " ") }.reversed()
    let star = UInt8(ascii: "*")
    let stars = text.count { $0 == star }
    let run = text.drop { $0 != star }.prefix { $0 == star }.count
    switch mask {
    case .redact: return stars == 3 && text.count == 3
    case .partial:
      let before = text.prefix { $0 != star }.count
      return stars == 3 && run == 3 && before <= 32 && text.count - 3 - before <= 32
    case .email:
      return stars == 3 && text.count == 3
        || stars == 6 && String(decoding: text.drop { $0 != star }, as: UTF8.self).hasPrefix("***@***")
    case .last4: return stars == 4 && run == 4 && text.first == star && (text.count == 4 || text.count == 8)
    case .hash:
      return text.count == 32
        && text.allSatisfy {
          (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
    case .year, .month, .bucket, .null, .deny: return false
    }
  }
}

extension ErrorReplies {
  static func placeholder(_ column: MaskedTable.Column, of table: String, position: Int?) -> ErrorResponse {
    ErrorResponse(
      .error, .insufficientPrivilege, "what a mask shows would be written into \(table).\(column.name)",
      detail:
        "The column is masked (\(column.mask?.rawValue ?? "")) by rule \(column.rule ?? column.name); the value looks like a placeholder, and would take the place of the real one.",
      hint: "Write only the columns that you change, or the real value.", position: position)
  }
}
