/// Records as people read them.
public enum AuditRendering {
  /// One record on one or a few lines: when, who, what.
  public static func text(_ record: AuditRecord) -> String {
    let place = "\(record.time)  \(record.writer)#\(record.sequence)"
    return "\(place)  \(printable(what(record)))"
  }

  private static func what(_ record: AuditRecord) -> String {
    func word(_ name: String) -> String { record[name] ?? "-" }
    switch record.kind {
    case "session_opened":
      return
        "\(word("person")) connected to \(word("database")) as \(word("role")) (scope \(word("scope")), from \(word("client")), session \(word("session")))"
    case "statement":
      let rule = record["rule"].map { " by \($0)" } ?? ""
      let masked = record.strings("masked")
      let masks = masked.isEmpty ? "" : " [masked: \(masked.joined(separator: ", "))]"
      return "\(word("person")) \(word("verdict"))\(rule): \(record["text"] ?? "(not UTF-8)")\(masks)"
    case "outcome":
      let milliseconds = Double(record.number("micros") ?? 0) / 1000
      let result =
        record["sqlstate"] ?? AuditEvent.Outcome.success == AuditEvent.Outcome.success
        ? (record["tag"] ?? "done") : "error \(word("sqlstate"))"
      let retries = record.number("retries").map { ", sent again \($0) times after a deadlock" } ?? ""
      return
        "  -> #\(record.number("statement") ?? 0): \(result), \(record.number("rows") ?? 0) rows, \(milliseconds) ms\(retries)"
    case "session_closed":
      return "\(word("person")) left: \(word("why")) (\(record.number("statements") ?? 0) statements, session \(word("session")))"
    case "checkpoint":
      return "checkpoint of record \(record.number("sequence") ?? 0)"
    default:
      let fields = ["actor", "person", "request", "lease", "session", "scope", "database", "role", "file"]
        .compactMap { name in record[name].map { "\(name)=\($0)" } }
      return ([record.kind] + fields + [record["text"]].compactMap { $0 }).joined(separator: " ")
    }
  }

  /// Control characters shown as escapes, so that a statement cannot drive the reader's terminal.
  public static func printable(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": shown += "\n    "
      case "\t": shown += "\t"
      case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}
