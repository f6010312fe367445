import Foundation
import SQLAnalysis
import Testing

@Suite struct PropertyTests {
  static let analyser = try? SQLAnalyser()

  /// Checks every promise that translation makes of a text that parses; false when it does not parse.
  private func check(_ text: [UInt8], _ map: ShadowMap = shopShadows) -> Bool {
    guard let analyser = Self.analyser, let broken = TranslationPromises(analyser: analyser, map: map).broken(by: text) else {
      return false
    }
    for promise in broken { Issue.record("\(promise): \(String(decoding: text, as: UTF8.self))") }
    return true
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

  @Test func `what a fuzzer found once stays found`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fuzz/finds/translation")
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    for file in files { _ = check(Array(try Data(contentsOf: file))) }
  }

  /// Labels on tables of PostgreSQL's regression tests.
  static let regressionShadows = ShadowMap(
    [
      "tenk1", "tenk2", "onek", "onek2", "int4_tbl", "int8_tbl", "text_tbl", "float8_tbl", "person", "emp", "student", "road",
      "foo",
      "bar", "t", "t1", "t2", "t3", "a", "b", "test", "items", "parent", "child", "base_tbl", "xacttest", "hash_i4_heap",
    ].map { name in
      ShadowMap.Table(
        schema: "public", table: name, shadowSchema: "iss_m_1",
        columns: ["unique1", "unique2", "stringu1", "f1", "q1", "q2", "id", "a", "b", "c", "name", "val", "ten", "two"].map {
          ShadowMap.Column(
            name: $0, type: "text", isMasked: ["stringu1", "f1", "q2", "b", "name", "val"].contains($0), isLookedUp: $0 == "name")
        }, primaryKey: ["unique1"])
    })

  @Test func `PostgreSQL's own regression SQL is translated into SQL that parses`() throws {
    let files = RegressionSQL.files()
    try #require(
      files.count > 150, "run scripts/regress-sql.sh, or set ISSUER_REGRESS_SQL to src/test/regress/sql of PostgreSQL 15")
    var (statements, valid, translated) = (0, 0, 0)
    for file in files {
      for text in try RegressionSQL.statements(of: file) {
        statements += 1
        guard check(text, Self.regressionShadows) else { continue }
        valid += 1
        let parsed = try? Self.analyser?.analyse(text)
        if parsed?.translated(by: Self.regressionShadows, path: TranslationPromises.path).isUnchanged == false { translated += 1 }
      }
    }
    // What does not parse is there to be refused, or has variables of psql in it.
    #expect(statements > 35_000)
    #expect(valid > statements * 95 / 100, "\(valid) of \(statements) parse")
    #expect(translated > 1_200, "\(translated) are translated")
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
