import Foundation
import SQLAnalysis
import Testing

@Suite struct TranslationTests {
  static let analyser = try? SQLAnalyser()

  private func parsed(_ sql: String) throws -> ParsedText { try #require(Self.analyser).analyse(text: sql) }

  static func path(_ settings: [String: String]) -> SearchPath {
    let schemas = settings["path"] ?? "public"
    let names = schemas.split(separator: ",").map { String($0.drop { $0 == " " }) }
    return SearchPath(
      schemas: schemas == "unknown" ? nil : names, temporaryRelations: Set(settings["temporary"].map { [$0] } ?? []))
  }

  /// The translated text (`=` when it is the original), then what is refused and hinted.
  static func outcome(_ translation: Translation) -> String {
    let text = translation.isUnchanged ? "=" : String(decoding: translation.text, as: UTF8.self)
    return
      ([text] + translation.refusals.map { "refused: \($0.reason.rawValue)" }
      + translation.hints.map { "hint: \($0.reason.rawValue)" })
      .joined(separator: "\n")
  }

  /// What could be looked up: table.column=value, and the text it stands in.
  static func lookups(_ parsed: ParsedText, _ path: SearchPath) -> String {
    parsed.equalityLookups(by: shopShadows, path: path).map { lookup in
      let value =
        switch lookup.value {
        case .constant(let text): "'\(text)'"
        case .parameter(let number): "$\(number)"
        }
      let text = String(decoding: parsed.text[lookup.range], as: UTF8.self)
      return "\(lookup.tableName).\(lookup.column) = \(value) in [\(text)]"
    }.joined(separator: "\n")
  }

  @Test(arguments: SQLCase.file("lookups.sql"))
  func `only a plain equality with one value may be looked up`(pair: SQLCase) throws {
    #expect(Self.lookups(try parsed(pair.sql), Self.path(pair.settings)) == pair.expected)
  }

  @Test(arguments: SQLCase.file("translation.sql"))
  func `a reading place gets the shadow and nothing else changes`(pair: SQLCase) throws {
    let translation = try parsed(pair.sql).translated(by: shopShadows, path: Self.path(pair.settings))
    #expect(Self.outcome(translation) == pair.expected)
  }

  /// With a look-up for each equality that may be one.
  @Test(arguments: SQLCase.file("lookup_calls.sql"))
  func `a plain equality becomes a look-up of keys and nothing else does`(pair: SQLCase) throws {
    let translation = try parsed(pair.sql).translatedWithLookups(Self.path(pair.settings))
    #expect(String(decoding: translation.text, as: UTF8.self) == pair.expected)
    #expect(throws: Never.self) { try parsed(String(decoding: translation.text, as: UTF8.self)) }
  }

  @Test(arguments: SQLCase.file("assignments.sql"))
  func `what a statement writes into masked columns is found`(pair: SQLCase) throws {
    let sql = try parsed(pair.sql)
    let found = sql.translated(by: shopShadows, path: Self.path(pair.settings)).assignments.map { assignment in
      let value =
        switch assignment.value {
        case .constant(let text): "'\(text)'"
        case .parameter(let number): "$\(number)"
        case .masked(let column): "masked \(column)"
        }
      let character = Character(UnicodeScalar(sql.text[assignment.offset]))
      let prepared = assignment.preparation.map { " in \($0.name)/\($0.parameterCount)" } ?? ""
      return "\(shopShadows.tables[assignment.table].table).\(assignment.column) <- \(value) at \(character)\(prepared)"
    }
    #expect(found.joined(separator: "\n") == pair.expected)
  }

  @Test(arguments: [
    ("SELECT id, note FROM users", ""), ("SELECT id FROM users WHERE email LIKE 'x'", "users.email"),
    ("SELECT * FROM users", "users.born users.email"), ("SELECT u FROM users u", "users.born users.email"),
    ("SELECT (u).note FROM users u", "users.born users.email"), ("SELECT o.*, u.id FROM orders o, users u", ""),
    ("SELECT p.*, u.email FROM payments p, users u", "payments.iban users.email"),
    ("SELECT a FROM users u (a, b, c)", "users.born users.email"),
    ("SELECT id FROM users NATURAL JOIN orders", "users.born users.email"),
    ("SELECT count(*) FROM users", ""), ("COPY users (id, born) TO STDOUT", "users.born"), ("COPY users (id) TO STDOUT", ""),
    ("UPDATE orders SET note = u.email FROM users u WHERE u.id = 1", "users.email"),
    ("SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM users WHERE born = o.at)", "users.born"),
  ])
  func `the masked columns that a statement reads are named`(sql: String, expected: String) throws {
    let translation = try parsed(sql).translated(by: shopShadows, path: Self.path([:]))
    let names = translation.maskedColumns.map { "\(shopShadows.tables[$0.table].table).\($0.column)" }
    #expect(names.sorted().joined(separator: " ") == expected)
  }

  @Test func `places inside and behind a look-up are those of the client's text`() throws {
    let sql = "SELECT id FROM users WHERE 'ä' = email AND email = 'value' AND nothing = 1"
    let translation = try parsed(sql).translatedWithLookups(Self.path([:]))
    let text = String(decoding: translation.text, as: UTF8.self)
    for word in ["'ä'", "'value'", "nothing"] {
      let translated = try #require(text.range(of: word))
      let original = try #require(sql.range(of: word))
      #expect(
        translation.originalPosition(
          ofTranslated: text.unicodeScalars.distance(from: text.startIndex, to: translated.lowerBound) + 1)
          == sql.unicodeScalars.distance(from: sql.startIndex, to: original.lowerBound) + 1, "\(word)")
    }
  }

  @Test func `what SQL does to the names of statements is told in order`() throws {
    let names = try parsed("PREPARE a AS SELECT 1; DEALLOCATE PREPARE \"B c\"; DEALLOCATE ALL; SELECT 1; DEALLOCATE a")
      .preparedNames
    #expect(names == ["a", "B c", "a"])
  }
}
