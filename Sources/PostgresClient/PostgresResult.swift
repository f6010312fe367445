/// The rows of one statement, copied out of libpq: free to cross threads.
public struct PostgresResult: Sendable {
  /// Column names in order.
  public let columns: [String]
  public let rows: [PostgresRow]
  /// As `INSERT 0 1`, `SELECT 3`; empty for an empty statement.
  public let commandTag: String

  /// The only row; `P0002`/`P0003` when there is none or more than one.
  public func single() throws(PostgresError) -> PostgresRow {
    guard rows.count == 1, let row = rows.first else {
      throw PostgresError(
        sqlState: SQLState(rows.isEmpty ? "P0002" : "P0003"), message: "expected one row, the server sent \(rows.count)")
    }
    return row
  }
}

/// One row; values in PostgreSQL's text form. Asking for a column that the statement does not have is a programmer's mistake and
/// stops the process; a value that is NULL or not of the asked type is an error.
public struct PostgresRow: Sendable {
  let columns: [String]
  let values: [String?]

  public subscript(index: Int) -> String? { values[index] }

  public subscript(column: String) -> String? {
    guard let index = columns.firstIndex(of: column) else {
      preconditionFailure("no column \(column) in \(columns)")
    }
    return values[index]
  }

  public func string(_ column: String) throws(PostgresError) -> String {
    guard let text = self[column] else { throw mismatch(column, "text") }
    return text
  }

  public func integer(_ column: String) throws(PostgresError) -> Int {
    guard let value = self[column].flatMap({ Int($0) }) else { throw mismatch(column, "an integer") }
    return value
  }

  /// Nil for NULL.
  public func optionalInteger(_ column: String) throws(PostgresError) -> Int? {
    self[column] == nil ? nil : try integer(column)
  }

  /// An `oid`.
  public func oid(_ column: String) throws(PostgresError) -> UInt32 {
    guard let value = self[column].flatMap({ UInt32($0) }) else { throw mismatch(column, "an oid") }
    return value
  }

  public func boolean(_ column: String) throws(PostgresError) -> Bool {
    switch self[column] {
    case "t": return true
    case "f": return false
    default: throw mismatch(column, "a boolean")
    }
  }

  private func mismatch(_ column: String, _ wanted: String) -> PostgresError {
    PostgresError(
      sqlState: .invalidTextRepresentation, message: "column \(column) is \(self[column] == nil ? "NULL" : "not") \(wanted)",
      hint: "the server's functions and this program may be of different versions")
  }
}

/// A message of `NOTIFY` (manual 34.9).
public struct PostgresNotification: Sendable, Equatable {
  public let channel: String
  public let payload: String
  /// The backend that sent it.
  public let processID: Int32
}

/// PostgreSQL's text form of arrays, for parameters (`$1::text[]`).
public enum PostgresArray {
  public static func text(_ values: [String?]) -> String {
    let items = values.map { value in
      guard let value else { return "NULL" }
      return "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + items.joined(separator: ",") + "}"
  }
}
