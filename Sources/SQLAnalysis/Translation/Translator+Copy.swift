/// `COPY users TO ...`: PostgreSQL does not copy views, so it becomes the copy of a query of the same columns.
extension Translator {
  mutating func copyOut(_ statement: Int, relation: Int, table index: Int) {
    let table = map.tables[index]
    let offset = Int(tree.nodes[relation].location)
    guard offset >= 0 else { return }
    guard !hasOldSyntax(statement, relationOffset: offset) else {
      refusals.append(
        TranslationRefusal(
          .copyForm, message: "this form of COPY cannot be used for \"\(table.table)\", which has masked columns",
          next: "write COPY \(table.table) TO STDOUT WITH (FORMAT binary) or WITH (DELIMITER '...')", offset: offset))
      return
    }
    let named = tree.names(statement, .attlist)
    let columns = named ?? table.columns.filter { !$0.isGenerated }.map(\.name)
    let scanned = NameScanner(text, at: offset)
    let end = named == nil ? scanned.end : NameScanner.afterParentheses(text, from: scanned.end)
    let list = columns.map(quotedName).joined(separator: ", ")
    edit(offset..<end, "(SELECT \(list) FROM \(quotedName(table.shadowSchema)).\(quotedName(table.table)))")
    maskedTables.insert(index)
    for name in columns where isMasked(name, in: index) { maskedColumns.insert(.init(table: index, column: name)) }
  }

  /// `COPY BINARY t` and `COPY t TO ... USING DELIMITERS ','` exist for tables only.
  private func hasOldSyntax(_ statement: Int, relationOffset: Int) -> Bool {
    let bytes = text.span
    for option in tree.list(statement, .options) {
      let offset = Int(tree.nodes[option].location)
      if offset < relationOffset { return true }
      if tree.hasText(option, .defname, "delimiter") {
        let word = "delimiters".utf8
        var matched = 0
        for letter in word {
          guard let byte = LexicalSkip.at(bytes, offset + matched), byte | 0x20 == letter else { break }
          matched += 1
        }
        // In WITH (DELIMITERS ',') the word would be an option that PostgreSQL does not know.
        if matched == word.count { return true }
        if let byte = LexicalSkip.at(bytes, offset), byte | 0x20 == UInt8(ascii: "u") { return true }
      }
    }
    return false
  }
}
