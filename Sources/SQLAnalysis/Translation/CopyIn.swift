/// A `COPY ... FROM STDIN` that fills masked columns: what its data look like.
public struct CopyIn: Sendable, Equatable {
  public enum Format: Sendable, Equatable { case text, csv, binary }

  /// Index into `ShadowMap.tables`.
  public var table: Int
  /// What the data fill, in their order.
  public var columns: [String]
  public var format: Format
  public var delimiter: UInt8
  public var quote: UInt8
  public var escape: UInt8
  /// What stands for NULL; nil where it may be a value in some column.
  public var null: [UInt8]?
  /// The first line names columns.
  public var hasHeader: Bool
  /// How many COPY FROM STDIN come before it in the text.
  public var ordinal: Int
}

extension Translator {
  /// - Parameter statement: a COPY to the table.
  func copyIn(_ statement: Int, table index: Int) -> CopyIn? {
    guard readsInput(statement) else { return nil }
    let columns = tree.names(statement, .attlist) ?? map.tables[index].columns.filter { !$0.isGenerated }.map(\.name)
    guard columns.contains(where: { isMasked($0, in: index) }) else { return nil }
    var copy = CopyIn(
      table: index, columns: columns, format: .text, delimiter: UInt8(ascii: "\t"), quote: UInt8(ascii: "\""),
      escape: UInt8(ascii: "\""), null: Array("\\N".utf8), hasHeader: false,
      ordinal: tree.nodes.indices.prefix(statement).count { tree.nodes[$0].kind == .copyStmt && readsInput($0) })
    var given: [String: String] = [:]
    for option in tree.list(statement, .options) {
      guard let name = tree.text(option, .defname) else { continue }
      given[name] = tree.child(option, .arg).flatMap { text(ofOption: $0) } ?? ""
    }
    if let format = given["format"] { copy.format = format == "csv" ? .csv : format == "binary" ? .binary : .text }
    if copy.format == .csv {
      copy.delimiter = UInt8(ascii: ",")
      copy.null = []
    }
    if let delimiter = given["delimiter"]?.utf8.first { copy.delimiter = delimiter }
    if let quote = given["quote"]?.utf8.first { (copy.quote, copy.escape) = (quote, quote) }
    if let escape = given["escape"]?.utf8.first { copy.escape = escape }
    if let null = given["null"] { copy.null = Array(null.utf8) }
    if given["force_null"] != nil || given["force_not_null"] != nil { copy.null = nil }
    copy.hasHeader = given["header"].map { !["false", "off", "0"].contains($0.lowercased()) } ?? false
    return copy
  }

  private func readsInput(_ statement: Int) -> Bool {
    tree.isSet(statement, .isFrom) && !tree.isSet(statement, .isProgram) && tree.child(statement, .filename) == nil
  }

  private func text(ofOption value: Int) -> String? {
    switch tree.nodes[value].kind {
    case .stringValue: tree.text(value)
    case .integerValue: String(tree.number(value, .ival) ?? 0)
    case .booleanValue: tree.isSet(value, .boolval) ? "true" : "false"
    default: nil
    }
  }
}
