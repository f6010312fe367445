import Foundation
import SQLAnalysis
import Testing

@Suite struct PropertyTests {
  static let analyser = try? SQLAnalyser()
  private let path = SearchPath(schemas: ["public"])

  private func parsed(_ text: [UInt8]) -> ParsedText? { try? Self.analyser?.analyse(text) }

  /// Checks every promise that translation makes of a text that parses; false when it does not parse.
  private func check(_ text: [UInt8]) -> Bool {
    guard let parsed = parsed(text) else { return false }
    let once = parsed.translated(by: shopShadows, path: path)
    let sql = String(decoding: text, as: UTF8.self)
    guard let again = self.parsed(once.text) else {
      Issue.record("does not parse: \(String(decoding: once.text, as: UTF8.self)) from \(sql)")
      return true
    }
    let twice = again.translated(by: shopShadows, path: path)
    #expect(twice.text == once.text, "translated twice: \(sql)")
    #expect(again.analysis.statements.count == parsed.analysis.statements.count, "\(sql)")
    #expect(again.analysis.classes.isSuperset(of: parsed.analysis.classes.subtracting([.copyOut])), "\(sql)")
    if once.refusals.isEmpty, once.hints.isEmpty, !mayStayOnBase(sql) {
      for relation in again.analysis.statements.flatMap(\.relations) where relation.access == .read {
        let isMasked = ["users", "payments"].contains(relation.name) && [nil, "public"].contains(relation.schema)
        #expect(!isMasked, "reads the table: \(String(decoding: once.text, as: UTF8.self))")
      }
    }
    checkPositions(once, length: sql.unicodeScalars.count)
    return true
  }

  /// Places that may read free columns of the table itself.
  private func mayStayOnBase(_ sql: String) -> Bool {
    ["only", "tablesample", "for "].contains { sql.lowercased().contains($0) }
  }

  private func checkPositions(_ translation: Translation, length: Int) {
    var last = 1
    let characters = String(decoding: translation.text, as: UTF8.self).unicodeScalars.count
    for position in stride(from: 1, through: characters + 1, by: max(1, characters / 40)) {
      let original = translation.originalPosition(ofTranslated: position)
      #expect(original >= last && original <= length + 1)
      last = original
    }
  }

  /// `SQL_SOAK_SEEDS` makes a long run of the short one.
  static let seeds = Array(1...(ProcessInfo.processInfo.environment["SQL_SOAK_SEEDS"].flatMap(UInt64.init) ?? 4))

  @Test(arguments: seeds)
  func `translated statements parse, stay as they are, and read no masked table`(seed: UInt64) {
    var statements = RandomStatement(seed: seed)
    var valid = 0
    for _ in 0..<500 where check(Array(statements.statement().utf8)) { valid += 1 }
    #expect(valid > 350)
  }

  @Test(arguments: ["Attacks", "Benign"])
  func `the statements of the suites keep the promises too`(folder: String) {
    let messages = SQLCase.messages(in: folder)
    let valid = messages.count { check(Array($0.utf8)) }
    #expect(messages.count > 150)
    #expect(valid > messages.count * 9 / 10)
  }

  @Test(arguments: seeds.prefix(2) + seeds.dropFirst(4))
  func `mangled statements do no harm`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let cases = ["classes.sql", "relations.sql", "translation.sql"].flatMap(SQLCase.file).map(\.sql)
    let scraps = [
      "\"", "'", "/*", "*/", "--\n", "$$", ".", "(", ")", ",", ";", "U&\"", " users ", "public.", "\\", "é", "*", "=", "E'",
      " /* users */ ", "\n", " -- é\n",
      "/**/", " AS u ", " ONLY ", " NOT ",
    ]
    var valid = 0
    for _ in 0..<3_000 {
      var text = Array((cases.randomElement(using: &generator) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        var place = Int.random(in: 0...text.count, using: &generator)
        var end = min(text.count, place + Int.random(in: 0...6, using: &generator))
        if generator.chance(50) {
          // Between words, where much of it is still SQL.
          place = text[place...].firstIndex(of: 0x20) ?? text.count
          end = place
        }
        text.replaceSubrange(place..<end, with: (scraps.randomElement(using: &generator) ?? "").utf8)
      }
      if check(text) { valid += 1 }
    }
    #expect(valid > 150)
  }
}
