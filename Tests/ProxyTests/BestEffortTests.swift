import Foundation
import Policy
import PostgresWire
import SQLAnalysis
import TestSupport
import Testing

@testable import Proxy

/// Best-effort sessions on a real server: the role may read the raw columns, and the proxy alone masks.
@Suite struct BestEffortTests {
  private static let server = Result {
    let server = try PostgresServer()
    try server.connect().execute(
      script: """
        CREATE SCHEMA app;
        CREATE TABLE app.users (
          id int PRIMARY KEY, email text UNIQUE, name varchar(8), card text, born date, seen timestamptz, amount numeric, code bigint,
          doc jsonb, secret text, tags text[], hash text);
        INSERT INTO app.users SELECT g, 'canary' || g || '@secret.example', 'Canary' || g, '411111111111111' || g, date '1984-02-29' + g,
          timestamptz '1999-12-31 23:30:00-05', 1234.5, 123456789, '{"a": "canary"}', 'canary', '{canary}', 'canary'
          FROM generate_series(1, 5) g;
        CREATE FUNCTION app.peek() RETURNS text LANGUAGE sql AS 'SELECT max(email) FROM app.users';
        """)
    return server
  }

  private func world(detectors: DetectorRules = [:]) throws -> ProxyWorld {
    let server = try Self.server.get()
    let row = try server.connect().query("SELECT 'app.users'::regclass::oid::int AS oid").single()
    let masks: [(String, String, MaskKind?)] = [
      ("id", "integer", nil), ("email", "text", .email), ("name", "character varying(8)", .partial), ("card", "text", .last4),
      ("born", "date", .year), ("seen", "timestamp with time zone", .month), ("amount", "numeric", .bucket),
      ("code", "bigint", .redact),
      ("doc", "jsonb", .redact), ("secret", "text", .deny), ("tags", "text[]", .redact), ("hash", "text", .hash),
    ]
    let table = MaskedTable(
      schema: "app", table: "users", tableOID: UInt32(try row.integer("oid")), shadowSchema: "iss_m_app", shadowOID: 1,
      columns: masks.enumerated().map { .init(name: $1.0, number: Int16($0 + 1), type: $1.1, mask: $1.2) }, primaryKey: ["id"])
    let policy = SessionPolicy(
      scope: "crm", guardrails: [], limits: SessionLimits(), maskedTables: [table], recordsParameters: true, detectors: detectors,
      enforcement: .bestEffort)
    return try ProxyWorld(
      server, policy: policy, plaintext: true,
      grants: [
        "GRANT USAGE ON SCHEMA app TO $role", "GRANT SELECT, UPDATE, INSERT ON app.users TO $role",
        "ALTER ROLE $role SET search_path = app, public",
      ])
  }

  private static let columns = "email, name, card, born, seen, amount, code, doc, tags, hash"
  private static let shown = "c***@***.example|C***1|****1111|1984-01-01|2000-01-01 00:00:00+00|1230|0|\"***\"|{***}|"

  @Test func `masked columns are masked in rows of every kind of statement, and conditions see the values`() throws {
    let world = try world()
    let result = try world.psql([
      "SELECT \(Self.columns) FROM users WHERE email = 'canary1@secret.example'",
      "BEGIN; DECLARE c CURSOR FOR SELECT email AS e FROM app.users u ORDER BY email", "FETCH 1 FROM c", "COMMIT",
      "PREPARE p AS SELECT x.email FROM (SELECT email FROM users WHERE id = $1) x", "EXECUTE p (2)",
      "WITH w AS (SELECT email AS m, id FROM users) SELECT m FROM w WHERE id = 3", "TABLE app.users LIMIT 0",
      "UPDATE users SET name = name WHERE id = 4 RETURNING id, email, name",
    ])
    #expect(!result.output.contains("canary"), "\(result.output)")
    let lines = result.output.split(separator: "\n").filter { !["BEGIN", "DECLARE CURSOR", "COMMIT", "PREPARE"].contains($0) }
    #expect(
      lines == [
        Substring(Self.shown), "c***@***.example", "c***@***.example", "c***@***.example", "4|c***@***.example|C***4", "UPDATE 1",
      ], "\(result.output)\(result.errors)")
    #expect(!world.audit.contains(#""kind":"alarm""#))
    #expect(world.audit.contains(#""enforcement":"best-effort""#))
  }

  @Test func `the extended protocol is masked in text and in binary, described or not`() throws {
    let world = try world()
    let client = try WireClient(world)
    for (format, described) in [(0, false), (1, false), (1, true)] as [(UInt16, Bool)] {
      try client.send {
        Parse(name: .unnamed, text: Array("SELECT \(Self.columns), id FROM app.users WHERE id = $1".utf8)).encode(into: &$0)
        Bind(portal: .unnamed, statement: .unnamed, parameters: [Array("1".utf8)], resultFormats: [format]).encode(into: &$0)
        if described { Describe(.portal(.unnamed)).encode(into: &$0) }
        Execute(portal: .unnamed).encode(into: &$0)
        Sync().encode(into: &$0)
      }
      let row = try #require(try client.readUntilReady().first { $0.type == DataRow.type })
      let values = try DataRow.decode(unsafe row.body.span.bytes).values
      if format == 0 {
        #expect(
          values.dropLast().map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "" }.joined(separator: "|") == Self.shown)
      } else {
        #expect(
          values[0] == Array("c***@***.example".utf8) && values[1] == Array("C***1".utf8) && values[2] == Array("****1111".utf8))
        // Days and microseconds from 2000-01-01.
        #expect(values[3] == [0xFF, 0xFF, 0xE9, 0x2C] && values[4] == Array(repeating: 0, count: 8))
        #expect(values[5] == nil && values[6] == Array(repeating: 0, count: 8) && values[7] == [1] + Array("\"***\"".utf8))
        #expect(values[8].map { Array($0.suffix(7)) } == [0, 0, 0, 3] + Array("***".utf8) && values[9] == nil)
        #expect(values[10] == [0, 0, 0, 1])
      }
    }
    // Compared with masked columns, for all that the proxy knows: on record by its hash.
    #expect(world.audit.contains(#""parameters":[{"hashed":"#))
  }

  @Test(arguments: [
    ("SELECT upper(email) FROM users", "best-effort/expression"), ("SELECT u FROM users u", "best-effort/whole_row"),
    ("SELECT row_to_json(u) FROM app.users u", "best-effort/whole_row"),
    ("SELECT l FROM (SELECT email || '' AS l FROM users) x", "best-effort/expression"),
    ("SELECT email FROM users UNION SELECT ''", "best-effort/set_operation"), ("COPY users TO STDOUT", "best-effort/copy"),
    ("COPY (SELECT email FROM users) TO STDOUT", "best-effort/copy"),
    ("CREATE TEMP TABLE t AS SELECT email FROM users", "best-effort/stored"),
    ("UPDATE users SET name = left(email, 8)", "best-effort/stored"),
  ])
  func `what would lose its origin is refused with rule, reason and next step`(_ sql: String, _ rule: String) throws {
    let world = try world()
    let result = try world.psql([sql, "SELECT id FROM users WHERE id = 2"])
    #expect(result.errors.contains("42501") && result.errors.contains(rule), "\(result.errors)")
    #expect(result.errors.contains("DETAIL:") && result.errors.contains("HINT:") && !result.output.contains("canary"))
    #expect(result.output.hasSuffix("2\n"))
    #expect(world.audit.contains(#""rule":"\#(rule)""#) || world.audit.contains(rule.replacing("/", with: "\\/")))
  }

  @Test func `a column of which nothing is shown is refused, and the session goes on`() throws {
    let world = try world()
    let result = try world.psql(["SELECT id, secret FROM users", "SELECT id FROM users WHERE secret = 'canary' AND id = 1"])
    #expect(result.errors.contains("42501") && result.errors.contains("secret of app.users"), "\(result.errors)")
    #expect(result.output == "1\n")
    #expect(!world.audit.contains("the server answered a masked column"))
  }

  @Test func `errors quote no values, notifications carry none, and the session is told what it is`() throws {
    let world = try world()
    let result = try world.psql([
      "INSERT INTO users (id, email) VALUES (9, 'canary1@secret.example')", "SELECT id FROM users WHERE email::int = 1",
      "UPDATE users SET id = NULL WHERE id = 2", "SELECT 'x'::int", "LISTEN here", "NOTIFY here, 'canary'", "SELECT 1",
    ])
    #expect(result.errors.contains("23505") && result.errors.contains("22P02") && result.errors.contains("23502"))
    #expect(
      !result.errors.contains("Key (email)") && !result.errors.contains("Failing row") && !result.errors.contains("\"canary"))
    // A statement that names nothing masked keeps its message.
    #expect(result.errors.contains("invalid input syntax for type integer: \"x\""), "\(result.errors)")
    #expect(result.errors.contains("enforcement: best-effort"))
    #expect(!result.output.contains("canary"), "\(result.output)")
  }

  @Test func `functions get through, as documented, but for detectors`() throws {
    #expect(try world().psql(["SELECT app.peek()"]).output == "canary5@secret.example\n")
    #expect(
      try world(detectors: [.email: .maskMatch]).psql(["SELECT app.peek()", "SELECT email, name FROM users WHERE id = 1"]).output
        == "***\nc***@***.example|C***1\n")
  }
}
