import Foundation
import Policy
import PostgresClient
import SQLAnalysis
import TestSupport
import Testing

@testable import Proxy

/// Masked sessions on a real server: a base table whose e-mail column the role cannot read, and the shadow view that shows it masked.
@Suite struct MaskingTests {
  static let server = Result {
    let server = try PostgresServer(tls: true)
    try server.connect().execute(
      script: """
        CREATE SCHEMA app;
        CREATE TABLE app.users (id int PRIMARY KEY, gone int, email text NOT NULL, name text NOT NULL);
        ALTER TABLE app.users DROP COLUMN gone;
        INSERT INTO app.users SELECT g, 'person' || g || '@example.org', 'Person ' || g FROM generate_series(1, 5) g;
        CREATE ROLE mask_owner NOLOGIN;
        GRANT USAGE ON SCHEMA app TO mask_owner;
        GRANT SELECT ON app.users TO mask_owner;
        CREATE SCHEMA iss_m_app AUTHORIZATION mask_owner;
        SET ROLE mask_owner;
        CREATE VIEW iss_m_app.users AS SELECT id, '***'::text AS email, name FROM app.users;
        RESET ROLE;
        CREATE SCHEMA other;
        CREATE TABLE other.users (id int, word text);
        INSERT INTO other.users VALUES (1, 'unmasked');
        """)
    return server
  }
  static let grants = [
    "GRANT USAGE ON SCHEMA app, iss_m_app, other TO $role", "GRANT SELECT (id, name) ON app.users TO $role",
    "GRANT SELECT ON iss_m_app.users, other.users TO $role", "ALTER ROLE $role SET search_path = app, public",
  ]

  func world(
    recordsParameters: Bool = true, grants: [String] = MaskingTests.grants, plaintext: Bool = false
  ) throws -> ProxyWorld {
    let server = try Self.server.get()
    let oids = try server.connect().query(
      "SELECT 'app.users'::regclass::oid::int AS base, 'iss_m_app.users'::regclass::oid::int AS shadow"
    ).single()
    let table = MaskedTable(
      schema: "app", table: "users", tableOID: UInt32(try oids.integer("base")), shadowSchema: "iss_m_app",
      shadowOID: UInt32(try oids.integer("shadow")),
      columns: [
        .init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 3, type: "text", mask: .redact),
        .init(name: "name", number: 4, type: "text"),
      ], primaryKey: ["id"])
    let policy = SessionPolicy(
      scope: "support-read", guardrails: [], limits: SessionLimits(), maskedTables: [table], recordsParameters: recordsParameters)
    return try ProxyWorld(server, policy: policy, plaintext: plaintext, grants: grants)
  }

  @Test func `a masked column is shown masked, by unqualified and by qualified names`() throws {
    let world = try world()
    let result = try world.psql(
      ["SELECT * FROM users WHERE id = 1", "SELECT email FROM app.users u WHERE id < 3", "COPY app.users TO STDOUT"])
    #expect(result.errors == "")
    #expect(!result.output.contains("@example.org"))
    #expect(result.output.hasPrefix("1|***|Person 1\n***\n***\n1\t***\tPerson 1\n"))
    #expect(world.audit.contains("app.users.email"))
    #expect(world.audit.contains(#""verdict":"translated""#))
  }

  @Test func `GROUP BY by the key shows the other columns of the row, as it does of a table`() throws {
    let world = try world()
    let result = try world.psql([
      "SELECT u.id, name, email, count(*) FROM users u JOIN other.users o USING (id) GROUP BY u.id HAVING name > '' ORDER BY u.name",
      "SELECT row_to_json(u), (u).name FROM users u GROUP BY u.id HAVING id = 2",
      "SELECT * FROM users GROUP BY id HAVING id = 3",
      "SELECT u.mail FROM users u (nr, mail) GROUP BY u.nr HAVING u.nr < 3",
      "PREPARE p AS SELECT email, name FROM users GROUP BY id HAVING id = $1", "EXECUTE p (4)",
    ])
    #expect(result.errors == "")
    #expect(
      result.output == """
        1|Person 1|***|1
        {"id":2,"email":"***","name":"Person 2"}|Person 2
        3|***|Person 3
        ***
        ***
        PREPARE
        ***|Person 4
        """ + "\n")
    let sets = try world.psql(["SELECT id, name FROM users GROUP BY ROLLUP (id)"])
    #expect(sets.errors.contains("42803") && sets.errors.contains("add the selected columns to GROUP BY"), "\(sets.errors)")
  }

  @Test func `a name follows the search path as the session changes it`() throws {
    let world = try world()
    let result = try world.psql([
      "SELECT email FROM users WHERE id = 1", "SET search_path = other, app", "SELECT word FROM users", "RESET search_path",
      "SELECT email FROM users WHERE id = 2", "BEGIN; SET LOCAL search_path = other", "SELECT word FROM users", "ROLLBACK",
      "SELECT email FROM users WHERE id = 3",
    ])
    #expect(result.errors == "")
    #expect(
      result.output.split(separator: "\n").filter { !["SET", "RESET", "BEGIN", "ROLLBACK"].contains($0) } == [
        "***", "unmasked", "***", "unmasked", "***",
      ])
  }

  @Test func `the same text means what the path says each time`() throws {
    let text = "SELECT * FROM users WHERE id = 1"
    let result = try world().psql([
      text, "SET search_path = other", text, text, "CREATE TEMP TABLE users (id) AS SELECT 1", text, "DROP TABLE pg_temp.users",
      text,
      "RESET search_path", text,
    ])
    #expect(
      result.output.split(separator: "\n").filter { $0.first == "1" } == [
        "1|***|Person 1", "1|unmasked", "1|unmasked", "1", "1|unmasked", "1|***|Person 1",
      ], "\(result.output)\(result.errors)")
  }

  @Test func `texts that differ in constants are each shown masked, by the path of the moment`() throws {
    func text(_ id: String) -> String { "SELECT 'a' || \(id), u.* FROM users AS u WHERE u.id = \(id) AND 'ü' <> '\(id)'" }
    let world = try world()
    let result = try world.psql([
      text("1"), text("2"), text("003"), "SET search_path = other", text("1"), text("01"), "RESET search_path", text("00004"),
      "SELECT 'abc', id FROM users WHERE nothing = 1", "SELECT 'abcdefghi', id FROM users WHERE nothing = 22",
      "SELECT 'a' FROM app.users u WHERE u.id = 4 AND u.email = 'x'",
      "SELECT 'bc' FROM app.users u WHERE u.id = 4 AND u.email = '***'",
    ])
    #expect(
      result.output.split(separator: "\n").filter { $0.first == "a" || $0.first == "b" } == [
        "a1|1|***|Person 1", "a2|2|***|Person 2", "a3|3|***|Person 3", "a1|1|unmasked", "a1|1|unmasked", "a4|4|***|Person 4",
        "bc",
      ], "\(result.output)\(result.errors)")
    #expect(
      result.errors.contains(
        "LINE 1: SELECT 'abcdefghi', id FROM users WHERE nothing = 22\n                                                ^"),
      "\(result.errors)")
    let third = try #require(world.audit.split(separator: "\n").first { $0.contains(#"AS u WHERE u.id = 003 AND"#) })
    #expect(
      third.contains("app.users.email") && third.contains(#"FROM \"iss_m_app\".users AS u WHERE u.id = 003 AND"#), "\(third)")
  }

  @Test func `the record has both texts, and the masked columns that were read`() throws {
    let world = try world()
    for sql in ["SELECT count(*), 'none' FROM users", "SELECT email AS one FROM users"] { _ = try world.psql([sql]) }
    let records = world.audit.split(separator: "\n").filter { $0.contains(#""verdict":"translated""#) }
    let none = try #require(records.first { $0.contains("'none'") })
    #expect(!none.contains("app.users.email"))
    let one = try #require(records.first { $0.contains("email AS one") })
    #expect(one.contains("app.users.email"))
    #expect(
      one.contains("SELECT email AS one FROM users") && one.contains(#"SELECT email AS one FROM \"iss_m_app\".users"#), "\(one)")
  }

  @Test(arguments: ["simple", "extended"]) func `columns are told as those of the base table`(form: String) throws {
    let world = try world()
    let result = try described("SELECT id, email, name AS n FROM app.users", form, world)
    #expect(result == ["id users 1", "email users 3", "n users 4"])
  }

  @Test(
    arguments: [
      ("UPDATE users SET name = name WHERE id = 0 RETURNING *", ["id users 1", "email users 3", "name users 4"]),
      (
        "UPDATE app.users u SET name = name WHERE id = 0 RETURNING u.*, 5 AS x",
        ["id users 1", "email users 3", "name users 4", "x none 0"]
      ),
      (
        "WITH w AS (SELECT 0 AS k) UPDATE users SET name = name FROM w, other.users o WHERE users.id = k AND o.id = k RETURNING *",
        ["id users 1", "email users 3", "name users 4", "k none 0", "id other 1", "word other 2"]
      ),
      (
        #"INSERT INTO users (id, name, email) VALUES (4, 'x', 'y') ON CONFLICT (id) DO UPDATE SET name = users.name RETURNING name, email"#
          + #" AS /* as */ "the e-mail, ""as"" it was", users.email AS mail, email e"#,
        ["name users 4", #"the e-mail, "as" it was users 3"#, "mail users 3", "e users 3"]
      ),
      (
        "UPDATE users SET name = name WHERE id = 0 RETURNING email AS \(String(repeating: "x", count: 60))",
        ["\(String(repeating: "x", count: 60)) none 0"]
      ),
      ("WITH w AS (UPDATE users SET name = name WHERE id = 0 RETURNING *) SELECT email FROM w", ["email none 0"]),
      (
        "PREPARE p AS UPDATE users SET name = name WHERE id = $1 RETURNING *; EXECUTE p (0)",
        ["id users 1", "email users 3", "name users 4"]
      ),
      ("SELECT 1 AS \"masked column 1.3\", 2 AS \"masked column x\"", ["masked column 1.3 none 0", "masked column x none 0"]),
    ], ["simple", "extended"])
  func `what RETURNING shows of a masked column is told as the column`(
    statement: (sql: String, columns: [String]), form: String
  ) throws {
    guard form == "simple" || !statement.sql.contains(";") else { return }
    #expect(try described(statement.sql, form, Self.writer.get()) == statement.columns)
  }

  @Test func `EXECUTE of what was prepared before is described as the column, and the statement shows NULL`() throws {
    let world = try Self.writer.get()
    let result = try world.psql(
      ["PREPARE p (int) AS UPDATE users SET name = name WHERE id = $1 RETURNING id, email AS mail", "EXECUTE p (4)"])
    #expect(result.output == "PREPARE\n4|\nUPDATE 1\n", "\(result.errors)")
    let described = try world.psql(
      ["\\pset tuples_only off", "\\pset footer off", "UPDATE users SET name = name WHERE id = 4 RETURNING *"])
    #expect(described.output.contains("id|email|name\n4||Person 4"), "\(described.output)")
  }

  /// Name, table and number of each column, as the client is told.
  private func described(_ sql: String, _ form: String, _ world: ProxyWorld) throws -> [String] {
    let tables = try Self.server.get().connect().query(
      "SELECT 'app.users'::regclass::oid::text AS users, 'other.users'::regclass::oid::text AS other"
    ).single()
    let names = [try tables.string("users"): "users", try tables.string("other"): "other", "0": "none"]
    let result = try world.raw(Self.describe, [sql, form])
    #expect(result.errors == "")
    return result.output.split(separator: "\n").map { line in
      let parts = line.split(separator: "\t").map(String.init)
      return "\(parts[0]) \(names[parts[1]] ?? parts[1]) \(parts[2])"
    }
  }

  @Test func `what PostgreSQL forbids brings a hint that names the masked columns, at the place in the client's own text`() throws
  {
    let world = try world()
    let result = try world.psql(["UPDATE users SET name = email WHERE id = 1"])
    #expect(result.errors.contains("42501"))
    #expect(!result.errors.contains("@example.org"))
    let wrong = try world.psql(["SELECT id, nothing FROM users"])
    #expect(wrong.errors.contains("42703"))
    #expect(wrong.errors.contains("LINE 1: SELECT id, nothing FROM users\n                   ^"), "\(wrong.errors)")
  }

  static let writing = grants + ["GRANT UPDATE, INSERT (id, email, name) ON app.users TO $role"]

  @Test(arguments: [
    "UPDATE users SET email = '***' WHERE id = 1", "INSERT INTO app.users VALUES (90, '***', 'x')",
    "INSERT INTO users (id, name, email) SELECT 90, name, email FROM users WHERE id = 1",
    "WITH x AS (UPDATE users SET email = lower('***') RETURNING id) SELECT * FROM x",
    "INSERT INTO users (id, email, name) VALUES (1, 'x', 'x') ON CONFLICT (id) DO UPDATE SET email = '***'",
    "MERGE INTO users u USING (VALUES (1)) v (id) ON u.id = v.id WHEN MATCHED THEN UPDATE SET email = '***'",
  ])
  func `what a mask shows is not written back`(statement: String) throws {
    let world = try Self.writer.get()
    let result = try world.psql([statement])
    #expect(result.output == "")
    #expect(result.errors.contains("42501: what a mask shows would be written into app.users.email"), "\(result.errors)")
    #expect(world.audit.contains("masking/placeholder"))
  }
  private static let writer = Result { try MaskingTests().world(grants: writing) }

  @Test func `what a mask shows is not written back by a text that is like others`() throws {
    let world = try Self.writer.get()
    func update(_ email: String, _ id: Int) -> String { "UPDATE users SET name = 'n', email = \(email) WHERE id = \(id)" }
    let result = try world.psql([
      update("'a@b.example'", 101), update("'ab@bc.example'", 1002), update("'c''d'", 3000), update("'***'", 104),
      update("'***'", 10005), update("'d'", 106),
    ])
    #expect(result.output == "UPDATE 0\nUPDATE 0\nUPDATE 0\nUPDATE 0\n", "\(result.output)")
    #expect(result.errors.components(separatedBy: "what a mask shows would be written into app.users.email").count == 3)
    #expect(
      result.errors.contains("LINE 1: \(update("'***'", 10005))\n                                             ^"),
      "\(result.errors)")
  }

  @Test func `an argument of EXECUTE is judged as what is written`() throws {
    let world = try Self.writer.get()
    let update = "PREPARE w (text, int) AS UPDATE users SET email = $1 WHERE id = $2"
    for statements in [
      [update, "EXECUTE w ('***', 77)"], [update, "EXPLAIN ANALYZE EXECUTE w ('***'::text, 77)"],
      [update + "; EXECUTE w ('***', 77)"],
      // A PREPARE that fails leaves the name as it was.
      [update, "PREPARE w AS SELECT $1::text, $2::int", "EXECUTE w ('***', 77)"],
    ] {
      let result = try world.psql(statements)
      #expect(
        result.errors.contains("what a mask shows would be written into app.users.email"), "\(statements): \(result.errors)")
      #expect(result.output.split(separator: "\n").allSatisfy { $0 == "PREPARE" }, "\(result.output)")
    }
    let free = try world.psql([
      update, "EXECUTE w ('a@b.example', 77)", "DEALLOCATE w", "PREPARE w AS SELECT $1::text, $2::int", "EXECUTE w ('***', 77)",
    ])
    #expect(free.errors == "")
    #expect(free.output == "PREPARE\nUPDATE 0\nDEALLOCATE\nPREPARE\n***|77\n")
  }

  @Test func `a parameter is judged by what Bind brings`() throws {
    let world = try world(grants: Self.writing)
    let connection = try world.connect()
    let sql = "UPDATE users SET email = $1, name = $2 WHERE id = 5"
    #expect(try connection.query(sql, ["new@example.org", "***"]).rows.isEmpty)
    do {
      _ = try connection.query(sql, ["***", "x"])
      Issue.record("written")
    } catch {
      #expect(error.sqlState.code == "42501")
    }
    #expect(try connection.query("SELECT name FROM users WHERE id = 5").single()["name"] == "***")
    let raw = try Self.server.get().connect().execute(script: "SELECT email FROM app.users WHERE id = 5")
    #expect(try raw.single()["email"] == "new@example.org")
  }

  @Test(arguments: [
    (MaskKind.redact, "text", "***", true), (.redact, "character(8)", "***     ", true), (.redact, "text", "****", false),
    (.redact, "uuid", "00000000-0000-0000-0000-000000000000", true), (.redact, "json", "\"***\"", true),
    (.redact, "text[]", "{a,***}", true), (.redact, "integer", "0", false), (.partial, "text", "J***n", true),
    (.partial, "text", "***", true), (.partial, "text", "**bold**", false), (.email, "text", "j***@***.com", true),
    (.email, "text", "j***@***", true), (.email, "text", "***", true), (.email, "text", "j***@example.com", false),
    (.last4, "character varying(19)", "****1234", true), (.last4, "text", "****", true), (.last4, "text", "***1234", false),
    (.hash, "text", "0123456789abcdef0123456789abcdef", true), (.hash, "text", "0123456789ABCDEF0123456789abcdef", false),
    (.redact, "text", "0123456789abcdef0123456789abcdef", false), (.year, "date", "1977-01-01", false),
  ])
  func `placeholders are told by their mask`(mask: MaskKind, type: String, value: String, isShown: Bool) {
    let column = MaskedTable.Column(name: "c", number: 1, type: type, mask: mask)
    #expect(PlaceholderCheck.isShown(Array(value.utf8), for: column) == isShown)
  }

  @Test func `an answer from a masked column ends the statement with an alarm, although privileges would let it through`() throws
  {
    // Two holes at once: the role can read the column, and a function opens a cursor that no statement's text shows.
    let world = try world(grants: Self.grants + ["GRANT SELECT ON app.users TO $role"])
    try Self.server.get().connect().execute(
      script: """
        CREATE OR REPLACE FUNCTION public.opens() RETURNS refcursor LANGUAGE plpgsql AS
        $$ DECLARE c refcursor := 'c'; BEGIN OPEN c FOR SELECT email FROM app.users; RETURN c; END $$
        """)
    let result = try world.psql(["BEGIN", "SELECT opens()", "FETCH ALL FROM c", "ROLLBACK", "SELECT 'goes on'"])
    #expect(!result.output.contains("@example.org"))
    #expect(result.errors.contains("app.users.email, which is masked"))
    #expect(result.output.hasSuffix("ROLLBACK\ngoes on\n"))
    #expect(world.audit.contains(#""kind":"alarm""#))
  }

  @Test func `what the server says of its own workings is withheld, for plans hold the rows that triggers see`() throws {
    try Self.server.get().connect().execute(
      script: """
        CREATE TABLE IF NOT EXISTS app.history (old jsonb);
        CREATE OR REPLACE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO app.history VALUES (to_jsonb(OLD)); RAISE LOG 'kept'; RAISE NOTICE 'noticed'; RETURN NULL; END $$;
        CREATE OR REPLACE TRIGGER keep AFTER UPDATE ON app.users FOR EACH ROW WHEN (NEW.name = 'kept') EXECUTE FUNCTION app.keep();
        """)
    let result = try Self.writer.get().psql([
      "SET client_min_messages = debug5", "SET debug_print_plan = on", "UPDATE users SET name = 'kept' WHERE id = 5",
      "SELECT 'goes on'",
    ])
    #expect(result.output == "SET\nSET\nUPDATE 1\ngoes on\n")
    #expect(result.errors.contains("noticed"))
    #expect(
      !result.errors.contains("LOG") && !result.errors.contains("DEBUG") && !result.errors.contains("CONST"), "\(result.errors)")
  }

  @Test func `notification payloads are emptied`() throws {
    let world = try world()
    let listener = try world.connect()
    _ = try listener.query("LISTEN c")
    try Self.server.get().connect().execute(script: "NOTIFY c, 'person1@example.org'")
    var notes: [PostgresNotification] = []
    try eventually("the notification") {
      notes += try listener.notifications(waitMilliseconds: 100)
      return !notes.isEmpty
    }
    #expect(notes.map(\.payload) == [""])
  }

  @Test func `parameters are on record, those of masked statements hashed`() throws {
    let world = try world()
    let connection = try world.connect()
    #expect(try connection.query("SELECT email FROM users WHERE id = $1", ["4"]).single().string("email") == "***")
    #expect(try connection.query("SELECT $1::text AS t", ["spoken"]).single().string("t") == "spoken")
    #expect(world.audit.contains("spoken"))
  }

  /// Prints name, table OID and column number of each column: of a Query, or of a Parse and Describe.
  private static let describe = """
    sql, form = arguments
    if form == 'simple': send(b'Q', sql.encode() + b'\\0')
    else:
      send(b'P', b's\\0' + sql.encode() + b'\\0\\0\\0'); send(b'D', b'Ss\\0'); send(b'S', b'')
    while True:
      kind, body = message()
      if kind == b'T':
        count, at = struct.unpack('!H', body[:2])[0], 2
        for _ in range(count):
          end = body.index(b'\\0', at)
          print(body[at:end].decode(), *struct.unpack('!Ih', body[end + 1:end + 7]), sep='\\t'); at = end + 19
      if kind == b'Z': break
    """
}
