import SQLAnalysis

/// What translation promises of any text that parses: for `PropertyTests`, and for the fuzzer (`Tests/Fuzz/fuzz.sh translation`).
struct TranslationPromises {
  static let path = SearchPath(schemas: ["public"])

  var analyser: SQLAnalyser
  var map = shopShadows

  /// The promises that a text breaks; nil when it does not parse.
  func broken(by text: [UInt8]) -> [String]? {
    guard let parsed = parsed(text) else { return nil }
    let once = parsed.translated(by: map, path: Self.path)
    guard let again = once.isUnchanged ? parsed : self.parsed(once.text) else {
      return ["it does not parse, translated to \(String(decoding: once.text, as: UTF8.self))"]
    }
    var broken: [String] = []
    let twice = once.isUnchanged ? once : again.translated(by: map, path: Self.path)
    if twice.text != once.text { broken.append("translated twice it is another") }
    if again.analysis.statements.count != parsed.analysis.statements.count {
      broken.append("it has another number of statements")
    }
    if !again.analysis.classes.isSuperset(of: parsed.analysis.classes.subtracting([.copyOut])) {
      broken.append("it has other classes")
    }
    if let table = tableRead(once, again, String(decoding: text, as: UTF8.self)) { broken.append("it reads \(table) itself") }
    let length = text.displayedScalars
    if !keepsPositions(once, length) { broken.append("positions are not in order") }
    if !once.isUnchanged || parsed.executesPrepared {
      let found = parsed.translatedWithLookups(Self.path)
      if self.parsed(found.text) == nil {
        broken.append("it does not parse, translated with look-ups to \(String(decoding: found.text, as: UTF8.self))")
      }
      if !keepsPositions(found, length) { broken.append("positions are not in order with look-ups") }
    }
    return broken
  }

  private func parsed(_ text: [UInt8]) -> ParsedText? { try? analyser.analyse(text) }

  /// A masked table that the translated text reads.
  private func tableRead(_ once: Translation, _ again: ParsedText, _ sql: String) -> String? {
    guard once.refusals.isEmpty, once.hints.isEmpty, !mayStayOnBase(sql) else { return nil }
    return again.analysis.statements.flatMap(\.relations).first { relation in
      relation.access == .read && map.tables.contains { $0.table == relation.name } && [nil, "public"].contains(relation.schema)
    }?.name
  }

  /// Places that may read free columns of the table itself, or define something over it.
  private func mayStayOnBase(_ sql: String) -> Bool {
    let words = sql.lowercased()
    return ["only", "tablesample", "for ", "create statistics"].contains { words.contains($0) }
  }

  private func keepsPositions(_ translation: Translation, _ length: Int) -> Bool {
    var last = 1
    let characters = translation.text.displayedScalars
    for position in stride(from: 1, through: characters + 1, by: max(1, characters / 40)) {
      let original = translation.originalPosition(ofTranslated: position)
      if original < last || original > length + 1 { return false }
      last = original
    }
    return true
  }
}

extension [UInt8] {
  fileprivate var displayedScalars: Int { String(decoding: self, as: UTF8.self).unicodeScalars.count }
}
