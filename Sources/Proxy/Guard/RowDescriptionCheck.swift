import Policy
import PostgresWire
import SQLAnalysis

/// The wire as second guard (DESIGN section 9.7): what PostgreSQL says the columns are is checked against the masks, and columns of
/// shadow views are told as those of the tables that they stand for, whole rows among them.
struct RowDescriptionCheck: Sendable {
  /// A masked base column in an answer: PostgreSQL's privileges have a hole.
  struct Violation: Error, Equatable {
    var table: String
    var column: String
  }

  private let masked: MaskedOrigins
  /// Column numbers of a shadow view's table, by the view's own numbers from 1.
  private var shadows: [UInt32: (table: UInt32, numbers: [Int16])] = [:]
  /// Types of whole rows, by the shadow's.
  private var rowTypes: [UInt32: UInt32] = [:]

  init(_ tables: [MaskedTable]) {
    masked = MaskedOrigins(tables)
    for table in tables {
      shadows[table.shadowOID] = (table.tableOID, table.columns.map(\.number))
      for type in table.rowTypes ?? [] where type.shadow != 0 && type.base != 0 && type.shadow != type.base {
        rowTypes[type.shadow] = type.base
      }
    }
  }

  /// The description as the client may see it; nil when it can stay as it is.
  func check(_ body: RawSpan) throws -> [UInt8]? {
    if shadows.isEmpty { return nil }
    var description = try RowDescription.decode(body)
    var isChanged = false
    for index in description.columns.indices {
      let column = description.columns[index]
      if let type = rowTypes[column.typeOID] {
        description.columns[index].typeOID = type
        isChanged = true
      }
      if column.tableOID == 0 {
        if tellReturned(&description.columns[index]) { isChanged = true }
        continue
      }
      if let origin = masked[column.tableOID, column.columnNumber] {
        throw Violation(table: origin.table, column: origin.column)
      }
      guard let shadow = shadows[column.tableOID] else { continue }
      let position = Int(column.columnNumber) - 1
      description.columns[index].tableOID = shadow.table
      description.columns[index].columnNumber = shadow.numbers.indices.contains(position) ? shadow.numbers[position] : 0
      isChanged = true
    }
    guard isChanged else { return nil }
    var writer = WireWriter()
    description.encode(into: &writer)
    return writer.bytes
  }

  /// Tells the NULL that a translated RETURNING has in a masked column's place as that column; false for any other output.
  private func tellReturned(_ column: inout RowDescription.Column) -> Bool {
    guard let returned = ReturnedColumn(name: column.name), let origin = masked[returned.table, returned.number] else {
      return false
    }
    column.name = Array((returned.alias ?? origin.column).utf8)
    column.tableOID = returned.table
    column.columnNumber = returned.number
    return true
  }
}
