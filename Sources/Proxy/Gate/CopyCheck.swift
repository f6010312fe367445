import Policy
import PostgresWire
import SQLAnalysis

/// Looks at what a client sends for one COPY FROM STDIN: rows that it exported masked must not be stored as data.
struct CopyCheck {
  private let copy: CopyAtHand
  private let table: MaskedTable
  private let columns: [MaskedTable.Column?]
  private let isBinary: Bool
  private var rows: CopyRows

  /// Nil for a COPY that fills no masked column whose masks can be told.
  init?(_ copy: CopyAtHand, _ translation: Translation?, _ tables: [MaskedTable]) {
    guard let form = translation?.copiesIn.first(where: { $0.ordinal == copy.ordinal }), tables.indices.contains(form.table)
    else {
      return nil
    }
    let table = tables[form.table]
    columns = form.columns.map { name in
      table.columns.first { $0.name == name && $0.mask.map(PlaceholderCheck.isTold) == true }
    }
    self.copy = copy
    self.table = table
    isBinary = form.format == .binary
    rows = CopyRows(form, wanted: columns.map { $0 != nil })
  }

  func isOf(_ other: CopyAtHand) -> Bool { copy.execution == other.execution && copy.ordinal == other.ordinal }

  /// The error in place of the COPY's end, where the data hold what a mask shows.
  mutating func read(_ bytes: Span<UInt8>) -> ErrorResponse? {
    let columns = columns
    return rows.read(bytes) { Self.isShown($1, $2, for: columns[$0]) }.map(refusal)
  }

  /// The client has sent all.
  mutating func end() -> ErrorResponse? {
    let columns = columns
    return rows.end { Self.isShown($1, $2, for: columns[$0]) }.map(refusal)
  }

  private static func isShown(_ value: [UInt8], _ isBinary: Bool, for column: MaskedTable.Column?) -> Bool {
    guard let column else { return false }
    return isBinary ? PlaceholderCheck.isShownInBinary(value, for: column) : PlaceholderCheck.isShown(value, for: column)
  }

  private func refusal(_ column: Int) -> ErrorResponse {
    guard let column = columns[column] else { preconditionFailure("only masked columns are looked at") }
    var error = ErrorReplies.placeholder(column, of: "\(table.schema).\(table.table)", position: nil)
    error.fields.removeAll { $0.type == UInt8(ascii: "H") }
    error.fields.append(
      .init(
        UInt8(ascii: "H"),
        "Leave the column out of the list of columns and of the data, or bring the real values: what was exported here is masked."
      ))
    error.fields.append(
      .init(UInt8(ascii: "W"), "COPY \(table.table), \(isBinary ? "row" : "line") \(rows.line), column \(column.name)"))
    return error
  }
}
