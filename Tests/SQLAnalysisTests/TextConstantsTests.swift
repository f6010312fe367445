import Foundation
import Testing

@testable import SQLAnalysis

/// Constants found without the parser, and which of them the analysis does not look at.
@Suite struct TextConstantsTests {
  private static let analyser = try? SQLAnalyser()

  private func constants(_ sql: String) -> [String]? {
    let text = Array(sql.utf8)
    var reader = TextConstants()
    guard reader.read(text.span) else { return nil }
    return reader.constants.map { "\($0.kind) \(String(decoding: text[$0.range], as: UTF8.self))" }
  }

  /// The constants that are free, in the order of the text; nil for a text that says nothing of others.
  private func free(_ sql: String) throws -> [String]? {
    let text = Array(sql.utf8)
    var reader = TextConstants()
    let isRead = reader.read(text.span)
    try #require(isRead)
    guard let isFree = try SQLAnalyser().analyse(text).freeConstants(reader.constants) else { return nil }
    return zip(reader.constants, isFree).filter(\.1).map { String(decoding: text[$0.0.range], as: UTF8.self) }
  }

  @Test(arguments: [
    ("SELECT 1, 'a', 1.5", ["integer 1", "string 'a'", "decimal 1.5"]), ("SELECT a1, t2.b_3 FROM t4", []),
    ("SELECT 'it''s', '''', ''", ["string 'it''s'", "string ''''", "string ''"]), ("SELECT \"a'1\" = 2", ["integer 2"]),
    ("SELECT $1, $23 + 4", ["integer 4"]), ("SELECT -5-6", ["integer 5", "integer 6"]),
    ("SELECT 1999999999, 3000000000, 12345678901", ["integer 1999999999", "large 3000000000", "large 12345678901"]),
    ("SELECT 'ü', \"ü\"", ["string 'ü'"]),
    ("SELECT a[1:2], x::numeric(10,2)", ["integer 1", "integer 2", "integer 10", "integer 2"]),
    ("SELECT 'a'\n'b'", ["string 'a'", "string 'b'"]), ("SELECT 5'a'6", ["integer 5", "string 'a'", "integer 6"]),
  ])
  func `plain numbers and plain strings are found`(sql: String, found: [String]) {
    #expect(constants(sql) == found)
  }

  @Test(arguments: [
    "SELECT 1 -- 2", "SELECT 1 /* 2 */", "SELECT $$a$$", "SELECT $a$1$a$", "SELECT E'a'", "SELECT b'1'", "SELECT x'1f'",
    "SELECT N'a'",
    "SELECT U&'a'", "SELECT U&\"a\"", "SELECT a&'b'", "SELECT 'a\\'", "SELECT \"a\\\"", "SELECT 'a", "SELECT \"a",
    "SELECT 'a\nb'",
    "SELECT 1e5", "SELECT 1.5e3", "SELECT .5", "SELECT 5.", "SELECT 1..2", "SELECT 1.2.3", "SELECT 1a", "SELECT 0x1f",
    "SELECT 1_000",
    "SELECT 2147483648", "SELECT 00000000001", "SELECT $1a", "SELECT $", "SELECT a'b'", "SELECT a\"b\"", "SELECT 1\u{0}",
    "SELECT 1\u{1}", "SELECT\u{c}1", "SELECT '\u{7f}'",
  ])
  func `a text that only the parser can read is given up`(sql: String) {
    #expect(constants(sql) == nil)
  }

  @Test func `a text that is not UTF-8 is given up`() {
    var reader = TextConstants()
    let text = Array("SELECT '".utf8) + [0xff] + Array("', 1".utf8)
    let isRead = reader.read(text.span)
    #expect(!isRead)
    #expect(reader.constants.isEmpty)
  }

  @Test(arguments: [
    ("SELECT a FROM t WHERE id = 5 AND b IN ('x', 'y') AND c LIKE 'z%'", ["5", "'x'", "'y'", "'z%'"]),
    ("SELECT -5, - 6, +7, 1.5, 3000000000 FROM t", ["5", "6", "7", "1.5", "3000000000"]),
    ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') RETURNING a + 1", ["1", "'x'", "2", "'y'", "1"]),
    ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2 WHERE t.b < 3", ["1", "2", "3"]),
    ("UPDATE t SET a = 1, b = b + 2 WHERE id = 3 AND (c BETWEEN 4 AND 5 OR 6 < d)", ["1", "2", "3", "4", "5", "6"]),
    ("DELETE FROM t WHERE id IN (1, 2) AND NOT b = 'x'", ["1", "2", "'x'"]),
    ("SELECT a FROM t LIMIT 5 OFFSET 6", ["5", "6"]), ("SELECT CASE WHEN a = 1 THEN 2 ELSE 3 END FROM t", ["1", "3"]),
    ("SELECT * FROM (SELECT 1 AS a) s JOIN u ON u.b = 2 WHERE EXISTS (SELECT 3)", ["1", "2", "3"]),
    ("WITH s AS (SELECT 1), d AS (DELETE FROM t WHERE id = 2) SELECT 3", ["1", "2", "3"]),
    ("SELECT a = 'x' AND coalesce(b, 0) = 1 FROM t", ["'x'", "0", "1"]),
  ])
  func `operands are free`(sql: String, expected: [String]) throws {
    #expect(try free(sql) == expected)
  }

  @Test(arguments: [
    // Functions, casts and types may take a constant for a name.
    "SELECT set_config('search_path', 'app', false)", "SELECT nextval('s')", "SELECT lo_import('f')",
    "SELECT query_to_xml('q', 1)",
    "SELECT 'users'::regclass", "SELECT CAST('r' AS regrole)", "SELECT date '2020-01-01'", "SELECT interval '1' day",
    "SELECT a::float(24), b::numeric(10, 2) FROM t", "SELECT a AT TIME ZONE 'x' FROM t", "SELECT a SIMILAR TO 'x' FROM t",
    // Ordinals, subscripts, samples, windows.
    "SELECT a FROM t ORDER BY 1", "SELECT a FROM t GROUP BY 1", "SELECT DISTINCT ON (1) a FROM t", "SELECT a[1] FROM t",
    "SELECT a FROM t TABLESAMPLE system (1)", "SELECT sum(a) OVER (ORDER BY b ROWS 1 PRECEDING) FROM t", "SELECT ARRAY[1]",
    // Conditions that may hold for every row.
    "UPDATE t SET a = b WHERE 1 = 1", "DELETE FROM t WHERE 1", "DELETE FROM t WHERE a LIKE '%'",
    "DELETE FROM t WHERE 'a' LIKE 'b'",
    "DELETE FROM t WHERE a = 1 + 1 IS NULL", "DELETE FROM t WHERE coalesce(NULL, 1) = 1", "DELETE FROM t WHERE lower(a) = 'x'",
    "WITH d AS (DELETE FROM t WHERE 2 > 1) SELECT a FROM d", "DELETE FROM t WHERE (SELECT 1) = 1",
    // The parser writes the source once for each column.
    "UPDATE t SET (a) = (SELECT 1)",
  ])
  func `what somebody may look at is not free`(sql: String) throws {
    #expect(try free(sql) ?? [] == [])
  }

  @Test(arguments: [
    "SELECT 1; SELECT 2", "SET work_mem = 5", "COPY t TO STDOUT WITH (DELIMITER 'x')", "EXECUTE p(1)", "EXPLAIN SELECT 1",
    "PREPARE p AS SELECT 1", "DECLARE c CURSOR FOR SELECT 1", "FETCH 5 FROM c", "CREATE TABLE a AS SELECT 1", "DO 'BEGIN END'",
    "MERGE INTO t USING s ON t.a = 1 WHEN MATCHED THEN DELETE", "NOTIFY a, 'b'", "SET TIME ZONE 'x'", "ALTER ROLE r PASSWORD 'x'",
    "UPDATE t SET (a, b) = (1, 2) WHERE c = 3", "CALL p(1)", "COMMENT ON TABLE t IS 'x'",
  ])
  func `other statements and texts of several say nothing of others`(sql: String) throws {
    #expect(try free(sql) ?? [] == [])
  }

  // MARK: Differential

  private static let values: [TextConstants.Kind: [String]] = [
    .integer: ["0", "1", "2", "00", "999999999", "1000000000", "1999999999", "42", "255"],
    .large: ["3000000000", "9999999999", "12345678901", "18446744073709551616"],
    .decimal: ["0.0", "1.5", "3.14159265358979323846", "00.10"],
    .string: [
      "''", "'%'", "'%%'", "'t'", "'true'", "'f'", "'0'", "'1'", "'users'", "'public.users'", "'search_path'", "'a''b'", "''''",
      "'--'",
      "'/*'", "'*/'", "'$$'", "'x; DROP TABLE t'", "'ü'", "'😀'", "'\"'", "' '", "'utf8'", "'***'", "'id'", "'(a, b) ='",
    ],
  ]

  /// The facts of a text without the offsets, which constants may shift.
  private func facts(_ parsed: ParsedText) -> [StatementFacts] {
    parsed.analysis.statements.map { statement in
      var statement = statement
      statement.range = 0..<0
      for index in statement.relations.indices { statement.relations[index].offset = 0 }
      return statement
    }
  }

  /// How many texts were compared, and in how many of them something was translated.
  private struct Compared {
    var texts = 0
    var translated = 0

    static func += (left: inout Self, right: Self) {
      left.texts += right.texts
      left.translated += right.translated
    }
  }

  /// Puts other values in the place of free constants; what is said of the text must stay, and its translation, moved, must be that of
  /// the other text.
  private func compare(
    _ text: [UInt8], rounds: Int, _ generator: inout SeededGenerator, _ map: ShadowMap = shopShadows
  ) throws -> Compared {
    var compared = Compared()
    guard text.count <= 4096 else { return compared }
    var reader = TextConstants()
    guard reader.read(text.span), !reader.constants.isEmpty, let parsed = try? Self.analyser?.analyse(text),
      let isFree = parsed.freeConstants(reader.constants), isFree.contains(true)
    else { return compared }
    let constants = reader.constants
    let path = SearchPath(schemas: ["public"])
    let translation = parsed.translated(by: map, path: path)
    for _ in 0..<rounds {
      var other: [UInt8] = []
      var start = 0
      for (constant, isFree) in zip(constants, isFree) where isFree {
        other += text[start..<constant.range.lowerBound]
        other += Array((Self.values[constant.kind]?.randomElement(using: &generator) ?? "").utf8)
        start = constant.range.upperBound
      }
      other += text[start...]
      let sql = Comment(rawValue: String(decoding: other, as: UTF8.self))
      let isRead = reader.read(other.span)
      #expect(isRead, sql)
      #expect(reader.constants.map(\.kind) == constants.map(\.kind), sql)
      let again = try #require(Self.analyser).analyse(other)
      #expect(facts(again) == facts(parsed), sql)
      #expect(again.preparedNames == parsed.preparedNames && again.executesPrepared == parsed.executesPrepared, sql)
      #expect(again.freeConstants(reader.constants) == isFree, sql)
      let anew = again.translated(by: map, path: path)
      let moved = translation.moved(to: other, from: constants, to: reader.constants)
      // Literals that go on behind a line's end are the only ones that have to be translated anew.
      #expect(moved == anew || (moved == nil && !anew.assignments.isEmpty), sql)
      compared.texts += 1
      if moved != nil, !anew.isUnchanged || !anew.hints.isEmpty || !anew.assignments.isEmpty { compared.translated += 1 }
    }
    return compared
  }

  @Test func `free constants change nothing in the cases and suites`() throws {
    var generator = SeededGenerator(seed: 31)
    let cases = ["assignments", "classes", "lookup_calls", "lookups", "relations", "translation"].flatMap {
      SQLCase.file($0 + ".sql")
    }
    var texts = cases.map(\.sql) + SQLCase.messages(in: "Attacks") + SQLCase.messages(in: "Benign")
    texts += texts.flatMap { $0.components(separatedBy: ";") }
    var compared = Compared()
    for text in texts { compared += try compare(Array(text.utf8), rounds: 6, &generator) }
    #expect(compared.texts > 2_000 && compared.translated > 500, "\(compared)")
  }

  @Test func `free constants change nothing in PostgreSQL's own regression SQL`() throws {
    var generator = SeededGenerator(seed: 32)
    let files = RegressionSQL.files()
    try #require(files.count > 150, "run scripts/regress-sql.sh")
    var compared = Compared()
    for file in files {
      for text in try RegressionSQL.statements(of: file) {
        compared += try compare(text, rounds: 2, &generator, PropertyTests.regressionShadows)
      }
    }
    #expect(compared.texts > 10_000 && compared.translated > 500, "\(compared)")
  }

  @Test(arguments: PropertyTests.seeds)
  func `free constants change nothing in random statements`(seed: UInt64) throws {
    var statements = RandomStatement(seed: seed)
    var conditions = RandomCondition(seed: seed)
    var masked = RandomCondition(seed: seed, tables: ("users", "orders"), columns: ("email", "users.full_name"))
    var generator = SeededGenerator(seed: seed)
    var compared = Compared()
    for _ in 0..<300 {
      compared += try compare(Array(statements.statement().utf8), rounds: 2, &generator)
      compared += try compare(Array(conditions.statement().utf8), rounds: 4, &generator)
      compared += try compare(Array(masked.statement().utf8), rounds: 4, &generator)
    }
    #expect(compared.texts > 1_000 && compared.translated > 200, "\(compared)")
  }
}

/// Statements full of constants, at all the places where folding may look at them.
struct RandomCondition {
  private var generator: SeededGenerator

  private let tables: (String, String)
  private let columns: (String, String)

  init(seed: UInt64, tables: (String, String) = ("t", "u"), columns: (String, String) = ("a", "t.b")) {
    generator = SeededGenerator(seed: seed)
    self.tables = tables
    self.columns = columns
  }

  mutating func statement() -> String {
    let (t, u, a) = (tables.0, tables.1, columns.0)
    let b = columns.1.split(separator: ".").last ?? ""
    return switch Int.random(in: 0..<7, using: &generator) {
    case 0: "DELETE FROM \(t) WHERE \(truth(3))"
    case 1: "UPDATE \(t) SET \(a) = \(value(2)), \(b) = \(value(1)) FROM \(u) WHERE \(truth(3)) RETURNING \(value(1))"
    case 2:
      "INSERT INTO \(t) VALUES (\(value(2)), \(value(1))) ON CONFLICT (\(a)) DO UPDATE SET \(a) = \(value(1)) WHERE \(truth(2))"
    case 3: "WITH d AS (DELETE FROM \(t) WHERE \(truth(2)) RETURNING \(a)) SELECT \(value(2)) FROM d WHERE \(truth(1))"
    case 4:
      "SELECT \(value(2)), count(*) FROM \(t) JOIN \(u) ON \(truth(1)) WHERE \(truth(2)) GROUP BY 1 HAVING \(truth(1)) LIMIT 5"
    case 5: "INSERT INTO \(t) (\(b), \(a)) VALUES (\(value(2)), \(value(1))), (\(value(1)), \(value(2))) RETURNING *"
    default: "SELECT \(value(3)) UNION ALL VALUES (\(value(1))) ORDER BY 1"
    }
  }

  private mutating func constant() -> String {
    generator.pick("0", "1", "7", "'%'", "'a%'", "'t'", "'x'", "''", "1.5", "3000000000", "true", "NULL", "$1", "- 3", "-4")
  }

  private mutating func value(_ depth: Int) -> String {
    guard depth > 0, generator.chance(60) else { return generator.pick(columns.0, columns.1, constant(), constant()) }
    return switch Int.random(in: 0..<8, using: &generator) {
    case 0: "(\(value(depth - 1)) + \(value(depth - 1)))"
    case 1: "coalesce(\(value(depth - 1)), \(constant()))"
    case 2: "\(constant())::text"
    case 3: "lower(\(constant()))"
    case 4: "CASE WHEN \(truth(depth - 1)) THEN \(constant()) ELSE \(constant()) END"
    case 5: "(SELECT \(value(depth - 1)) FROM \(tables.1) WHERE \(truth(depth - 1)))"
    case 6: "set_config('search_path', \(constant())::text, false)"
    default: "(SELECT \(constant()))"
    }
  }

  private mutating func truth(_ depth: Int) -> String {
    guard depth > 0, generator.chance(70) else {
      return "\(value(0)) \(generator.pick("=", "<", "<>", "LIKE", "ILIKE")) \(value(0))"
    }
    return switch Int.random(in: 0..<9, using: &generator) {
    case 0: "(\(truth(depth - 1)) AND \(truth(depth - 1)))"
    case 1: "(\(truth(depth - 1)) OR \(truth(depth - 1)))"
    case 2: "NOT (\(truth(depth - 1)))"
    case 3: "\(value(depth - 1)) IN (\(constant()), \(value(depth - 1)))"
    case 4: "\(value(0)) \(generator.pick("BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC")) \(constant()) AND \(value(depth - 1))"
    case 5: "(\(value(depth - 1))) IS \(generator.pick("NULL", "NOT NULL"))"
    case 6: "(\(truth(depth - 1))) IS \(generator.pick("TRUE", "NOT FALSE", "UNKNOWN"))"
    case 7: "EXISTS (SELECT \(constant()) FROM \(tables.1) WHERE \(truth(depth - 1)))"
    default: "\(value(depth - 1)) = \(value(depth - 1))"
    }
  }
}
