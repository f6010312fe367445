import PostgresWire

/// What a best-effort session is told at its beginning, and what its errors do not tell: the role may read all columns, so PostgreSQL
/// keeps nothing back by itself.
enum BestEffortErrors {
  /// For the client, once it has logged in.
  static func notice(scope: String) -> [UInt8] {
    var writer = WireWriter()
    ErrorResponse(
      .warning, .warning, "enforcement: best-effort: masks of the scope \(scope) are made on the wire alone",
      detail:
        "The role holds the raw columns. Expressions over them are refused where the proxy sees them; functions and dynamic SQL are not looked into.",
      hint: "What gets through is in docs/masking.md, \"Best effort\". All statements are on record."
    ).encode(into: &writer, type: ErrorResponse.noticeType)
    return writer.bytes
  }

  /// Takes away what may hold a value: rows and keys of constraint violations (class 23), and the texts of data exceptions (class 22),
  /// which quote what could not be read. Whether anything was.
  ///
  /// - Parameter entry: the statement that failed; nil where it is not known.
  static func withhold(_ error: inout ErrorResponse, _ entry: StatementEntry?) -> Bool {
    guard let state = error.sqlState?.description, state.hasPrefix("22") || state.hasPrefix("23") else { return false }
    let count = error.fields.count
    error.fields.removeAll { "DWq".utf8.contains($0.type) }
    guard state.hasPrefix("22"), entry.map(mayReadMasked) ?? true else { return error.fields.count < count }
    for index in error.fields.indices where error.fields[index].type == UInt8(ascii: "M") {
      error.fields[index].value =
        "a value does not fit; the message is withheld, since it may quote a masked one (enforcement: best-effort)"
    }
    return true
  }

  /// What a prepared statement, a cursor or a procedure reads, its text does not tell.
  private static func mayReadMasked(_ entry: StatementEntry) -> Bool {
    entry.mentionsMasked || !entry.classes.allSatisfy { !["execute", "cursor", "call", "do"].contains($0) }
  }
}
