/// Records for other programs.
public enum AuditExport {
  /// The forms.
  public enum Format: String, Sendable, CaseIterable {
    /// The lines as they are, so that their hashes can still be checked.
    case jsonl
    /// RFC 4180, with the columns of `csvColumns`.
    case csv
  }

  /// The columns of the CSV form: the members that most kinds share; the rest is in the JSON form only.
  public static let csvColumns = [
    "seq", "writer", "time", "kind", "person", "actor", "session", "lease", "request", "scope", "database", "role", "text",
    "verdict",
    "rule", "sqlstate", "statement", "tag", "rows", "bytes", "micros", "tables", "masked", "translated",
  ]

  /// The first line of a CSV file.
  public static var csvHeader: String { csvColumns.joined(separator: ",") + "\r\n" }

  /// One record as bytes, line end included.
  public static func bytes(_ record: AuditRecord, as format: Format) -> [UInt8] {
    switch format {
    case .jsonl: record.line + [0x0a]
    case .csv: Array((csvColumns.map { csvField(value(of: $0, in: record)) }.joined(separator: ",") + "\r\n").utf8)
    }
  }

  private static func value(of column: String, in record: AuditRecord) -> String {
    switch record.members[column] {
    case .string(let text)?, .number(let text)?: text
    case .bool(let flag)?: "\(flag)"
    case .array?: record.strings(column).joined(separator: " ")
    case .null?, .object?, nil: ""
    }
  }

  /// Quoted where it must be; a field that a spreadsheet would take for a formula gets an apostrophe before it.
  private static func csvField(_ text: String) -> String {
    var text = text
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { text = "'" + text }
    guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
