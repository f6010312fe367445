import Foundation
import Policy
import PostgresClient
import PostgresWire
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// Equality look-ups of masked columns through the proxy, with the real functions of sql/shadows.
@Suite struct LookupTests {
  private static let servers = Mutex<[Int: PostgresServer]>([:])
  private static let scope = """
    {"name": "read", "database": "postgres", "unmasked": false,
     "privileges": [{"objects": "tables", "patterns": ["public.*"], "except": [], "privileges": ["select"]}]}
    """
  private static let rules = """
    {"trusted": [], "masks": [
      {"schema": "public", "table": "users", "column": "email", "kind": "email", "rule": "r", "lookup": "equality"},
      {"schema": "public", "table": "users", "column": "token", "kind": "hash", "rule": "r", "lookup": "equality"},
      {"schema": "public", "table": "users", "column": "code", "kind": "redact", "rule": "r", "lookup": "equality"},
      {"schema": "public", "table": "users", "column": "phone", "kind": "redact", "rule": "r"}]}
    """

  private static func server(_ major: Int) throws -> PostgresServer {
    try servers.withLock { servers in
      if let server = servers[major] { return server }
      let server = try PostgresServer(major: major)
      let admin = try server.connect()
      let sql = try SQLDirectory.located()
      try admin.execute(script: try sql.script("bootstrap/roles.sql"))
      try admin.execute(
        script: """
          CREATE TABLE public.users (
            id int PRIMARY KEY, name text NOT NULL, email varchar(80), token uuid, code char(8), phone text);
          INSERT INTO public.users
          SELECT g, 'Person ' || g, 'canary' || g || '@secret.example', md5(g::text)::uuid, 'c' || g, '+43' || g
          FROM generate_series(1, 3000) g;
          CREATE INDEX ON public.users (email); CREATE INDEX ON public.users (token); CREATE INDEX ON public.users (code);
          ANALYZE public.users
          """)
      for line in try sql.script("scopes/install.sql").split(separator: "\n") where line.hasPrefix("\\ir ") {
        try admin.execute(script: try sql.script("scopes/" + line.dropFirst(4)))
      }
      _ = try admin.query("SELECT iss.scope_compile($1, $2)", [scope, rules])
      servers[major] = server
      return server
    }
  }

  private func world(
    _ major: Int = PostgresServer.defaultMajor, perMinute: Int? = nil, withKey: Bool = true, grants: [String] = []
  ) throws -> ProxyWorld {
    let server = try Self.server(major)
    let admin = try server.connect()
    let role = try admin.query("SELECT role_name::text AS role FROM iss.scope").single().string("role")
    let json = try admin.query("SELECT iss.masked_tables($1) AS tables", [role]).single().string("tables")
    let tables = try JSONDecoder().decode([MaskedTable].self, from: Data(json.utf8))
    let policy = SessionPolicy(
      scope: "read", guardrails: [], limits: SessionLimits(lookupsPerMinuteMax: perMinute), maskedTables: tables,
      recordsParameters: true)
    return try ProxyWorld(
      server, policy: policy, grants: ["GRANT \(role) TO $role"] + grants,
      lookupKey: { admin, role in
        guard withKey else { return nil }
        return try admin.query("SELECT encode(iss.lookup_key($1), 'base64') AS key", [role]).single().string("key")
      })
  }

  @Test(arguments: PostgresServer.majors) func `a row is found by a masked column, and shown masked`(major: Int) throws {
    let world = try world(major)
    let simple = try world.psql([
      "SELECT id, email FROM users WHERE email = 'canary7@secret.example'",
      "SELECT u.id FROM public.users u WHERE u.token = 'C4CA4238a0b923820dcc509a6f75849b' AND u.name LIKE 'P%'",
      "SELECT id FROM users WHERE 'c12' = code", "SELECT count(*) FROM users WHERE email = 'nobody'",
      "BEGIN; DECLARE c CURSOR FOR SELECT id FROM users WHERE email = 'canary8@secret.example'; FETCH c; COMMIT",
      "PREPARE p AS SELECT id FROM users WHERE email = 'canary9@secret.example'", "EXECUTE p",
    ])
    #expect(simple.errors == "")
    #expect(simple.output == "7|c***@***.example\n1\n12\n0\nBEGIN\nDECLARE CURSOR\n8\nCOMMIT\nPREPARE\n9\n")
    let connection = try world.connect()
    for number in [5, 6] {
      let row = try connection.query(
        "SELECT id, email FROM users WHERE email = $1 AND name = $2", ["canary\(number)@secret.example", "Person \(number)"]
      ).single()
      #expect(row["id"] == String(number))
      #expect(row["email"] == "c***@***.example")
    }
    #expect(try connection.query("SELECT id FROM users WHERE code = $1", ["c77     "]).single()["id"] == "77")
    #expect(try connection.query("SELECT id FROM users WHERE email = $1", [nil]).rows.isEmpty)
  }

  @Test func `of texts that differ in constants each is looked up by its own`() throws {
    let world = try world()
    let numbers = [7, 8, 100, 7, 2000]
    let texts = numbers.map { "SELECT \($0) AS n, id, email FROM users WHERE email = 'canary\($0)@secret.example' AND id < 2500" }
    let result = try world.psql(texts + ["SELECT 1 AS n, id, email FROM users WHERE email = '' AND id < 2500"])
    #expect(result.output == numbers.map { "\($0)|\($0)|c***@***.example\n" }.joined(), "\(result.output)\(result.errors)")
    #expect(world.audit.split(separator: "\n").count { $0.contains(#""kind":"lookup""#) } == 6)
    // By parameter the code is Bind's, and the text may be like others.
    let connection = try world.connect()
    for number in [31, 32, 3300] {
      let rows = try connection.query(
        "SELECT id FROM users WHERE email = $1 AND id <> \(number)", ["canary30@secret.example"]
      )
      #expect(try rows.single()["id"] == "30")
    }
  }

  @Test func `drivers that cast what they compare find rows too`() throws {
    let world = try world()
    let simple = try world.psql([
      "SELECT id FROM users WHERE email = 'canary7@secret.example'::varchar",
      "SELECT id FROM users WHERE CAST('c12' AS bpchar) = code",
      "SELECT id FROM users WHERE token = 'c4ca4238a0b923820dcc509a6f75849b'::uuid",
      "SELECT id FROM users WHERE email = E'canary8\\x40secret.example'",
    ])
    #expect(simple.errors == "")
    #expect(simple.output == "7\n12\n1\n8\n")
    let connection = try world.connect()
    let byText = try connection.query("SELECT id FROM users WHERE email = $1::VARCHAR", ["canary5@secret.example"])
    #expect(try byText.single()["id"] == "5")
    let byUUID = try connection.query("SELECT id FROM users WHERE token = CAST($1 AS uuid)", ["c4ca4238a0b923820dcc509a6f75849b"])
    #expect(try byUUID.single()["id"] == "1")
  }

  @Test func `what SQL prepares is looked up with each EXECUTE`() throws {
    let world = try world()
    let result = try world.psql([
      "PREPARE p (varchar) AS SELECT id, email FROM users WHERE email = $1", "EXECUTE p('canary7@secret.example')",
      "EXECUTE p('canary8@secret.example'::varchar)", "EXECUTE p(NULL)", "EXPLAIN (COSTS OFF) EXECUTE p('nobody')",
      "BEGIN; PREPARE r AS SELECT id FROM users WHERE code = $2 AND id > $1; EXECUTE r(5, 'c9'); ROLLBACK", "EXECUTE r(5, 'c8')",
      // A name that is taken keeps its statement, a free one gets the new.
      "PREPARE p AS SELECT id FROM users WHERE code = $1", "EXECUTE p('canary6@secret.example')", "DEALLOCATE p",
      "PREPARE p AS SELECT nothing FROM users WHERE code = $1", "PREPARE p AS SELECT id FROM users WHERE id = $1", "EXECUTE p(4)",
      "EXECUTE r(5, lower('C8'))", "EXECUTE s('c7')", "PREPARE s AS SELECT id FROM users WHERE code = $1", "EXECUTE s('c7')",
    ])
    let rows = result.output.split(separator: "\n").filter { $0.first?.isNumber == true }
    #expect(
      rows == ["7|c***@***.example", "8|c***@***.example", "9", "8", "6|c***@***.example", "4", "7"],
      "\(result.output)\(result.errors)")
    #expect(result.errors.contains("42P05"))
    #expect(result.errors.contains("42703"))
    #expect(result.errors.contains("0A000: argument 2 of EXECUTE r is looked up in the masked column public.users.code"))
    #expect(world.audit.split(separator: "\n").count { $0.contains(#""kind":"lookup""#) } == 7)
  }

  @Test func `rows found by a masked column are changed, locked and deleted`() throws {
    let world = try world(grants: ["GRANT UPDATE (name), DELETE ON public.users TO $role"])
    let result = try world.psql([
      "BEGIN", "SELECT id FROM users WHERE email = 'canary20@secret.example' FOR UPDATE",
      "UPDATE users SET name = 'found' WHERE email = 'canary20@secret.example' RETURNING id, email",
      "SELECT id FROM users WHERE name = 'found'",
      "DELETE FROM users u WHERE u.token = md5('21')::uuid", "ROLLBACK",
    ])
    #expect(result.output.hasPrefix("BEGIN\n20\n20|\nUPDATE 1\n20\n"), "\(result.output)\(result.errors)")
    #expect(result.errors.contains("42501"))
    #expect(result.errors.contains("find rows by token = 'value' as a condition of its own"))
    let connection = try world.connect()
    let row = try connection.query(
      "UPDATE users SET name = $2 WHERE email = $1 RETURNING id", ["canary22@secret.example", "Person 22"])
    #expect(try row.single()["id"] == "22")
  }

  @Test func `its plan reads no table from end to end`() throws {
    let world = try world()
    let plan = try world.psql(["EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM users WHERE email = 'canary7@secret.example'"])
    #expect(plan.output.contains("Index Scan using users_pkey on users"), "\(plan.output)\(plan.errors)")
    #expect(!plan.output.contains("Seq Scan on users"))
  }

  @Test func `the client sees its own parameters, in either format`() throws {
    let world = try world()
    let sql = "SELECT id FROM users WHERE email = $1 AND id > $2"
    func run(_ parameters: [String]) throws -> [String] {
      let result = try world.raw(Self.extended, [sql] + parameters)
      #expect(result.errors == "")
      return result.output.split(separator: "\n").map(String.init)
    }
    let email = Data("canary3@secret.example".utf8).map { String(format: "%02x", $0) }.joined()
    // Two formats, one for all, none; twice each, for the statement stays prepared.
    #expect(try run(["0,1", email, "00000001"]) == ["t 25 23", "D 3", "D 3", "Z I"])
    #expect(try run(["1", email, "00000001"]) == ["t 25 23", "D 3", "D 3", "Z I"])
    #expect(try run(["", email, "31"]) == ["t 25 23", "D 3", "D 3", "Z I"])
    #expect(try run(["1,1", email, "00000009"]) == ["t 25 23", "Z I"])
    #expect(
      try run(["", email]) == [
        "t 25 23", "E 08P01 bind message supplies 1 parameters, but prepared statement \"s\" requires 2", "Z I",
      ])
  }

  @Test func `statements prepared in the protocol outlive an SQL DEALLOCATE of others`() throws {
    let world = try world()
    let connection = try world.connect()
    let sql = "SELECT id FROM users WHERE email = $1"
    #expect(try connection.queryPrepared(sql, ["canary3@secret.example"]).single()["id"] == "3")
    try connection.execute(script: "PREPARE other AS SELECT 1; DEALLOCATE other")
    #expect(try connection.queryPrepared(sql, ["canary4@secret.example"]).single()["id"] == "4")
  }

  @Test func `errors are as without us, at the place in the client's own text`() throws {
    let world = try world()
    let wrong = try world.psql(["SELECT id FROM users WHERE name = 'x' AND token = 'zz' AND id = 1"])
    #expect(wrong.errors.contains("22P02"))
    let lines = wrong.errors.split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("LINE 1") })
    let caret = try #require(lines.first { $0.hasSuffix("^") && !$0.contains("LINE") })
    #expect(line.dropFirst(caret.count - 1).hasPrefix("'zz'"), "\(wrong.errors)")
    let behind = try world.psql(["SELECT id FROM users WHERE email = 'x' AND nothing = 1"])
    #expect(behind.errors.contains("42703"))
    #expect(behind.errors.contains("column \"nothing\" does not exist"))
  }

  @Test(arguments: [
    "SELECT id FROM users WHERE email LIKE 'canary7@%'", "SELECT id FROM users WHERE email IN ('canary7@secret.example')",
    "SELECT id FROM users WHERE substr(email, 1, 7) = 'canary7'",
    "SELECT id FROM users WHERE email || '' = 'canary7@secret.example'",
    "SELECT u.id FROM users u JOIN (VALUES ('canary7@secret.example')) v (e) ON u.email = v.e",
    "SELECT id FROM users WHERE email = 'canary7@secret.example' OR false",
    "SELECT id FROM users WHERE CASE WHEN email = 'canary7@secret.example' THEN true ELSE false END",
    "SELECT id FROM users WHERE email >= 'canary7@secret.example' AND email <= 'canary7@secret.example'",
    "SELECT id FROM users WHERE email = ANY ('{canary7@secret.example}')", "SELECT id FROM users WHERE phone = '+437'",
    "PREPARE q (text) AS SELECT id FROM users WHERE email LIKE $1; EXECUTE q('canary7@secret.example')",
    "SELECT id FROM users WHERE email = 'canary7@secret.example'::varchar(7)",
    "SELECT id FROM users u (id, name, phone, email) WHERE phone = 'canary7@secret.example'",
  ])
  func `what would probe finds nothing`(statement: String) throws {
    let world = try Self.shared.get()
    let result = try world.psql([statement])
    #expect(result.output.split(separator: "\n").filter { $0 != "PREPARE" } == [], "\(result.output)")
    #expect(!result.output.contains("canary"))
  }
  private static let shared = Result { try LookupTests().world() }

  @Test func `a code seen in the session serves its own value only`() throws {
    let world = try world()
    // The text that the server runs is no secret: current_query() shows it.
    let shown = try world.psql(["SELECT current_query() FROM users WHERE email = 'canary7@secret.example'"]).output
    let call = try #require(
      shown.firstMatch(of: /SELECT \* FROM ("iss_m_[0-9a-f]+"\."[a-z_0-9]+")\('[^']*', '\\x([0-9a-f]{64})'\)/))
    let (function, code) = (call.1, call.2)
    #expect(try world.psql(["SELECT * FROM \(function)('canary7@secret.example', '\\x\(code)')"]).output == "7\n")
    for value in ["canary8@secret.example", "nobody"] {
      let forged = try world.psql(["SELECT * FROM \(function)('\(value)', '\\x\(code)')"])
      #expect(forged.output == "")
      #expect(forged.errors.contains("42501"))
    }
    let other = try self.world().psql(["SELECT * FROM \(function)('canary7@secret.example', '\\x\(code)')"])
    #expect(other.output == "")
    #expect(other.errors.contains("42501"))
    let token = function.replacing("_3\"", with: "_4\"")
    #expect(try world.psql(["SELECT * FROM \(token)('c4ca4238a0b923820dcc509a6f75849b', '\\x\(code)')"]).errors.contains("42501"))
  }

  @Test func `look-ups are counted for each column, over all sessions of a lease, and on record with the value hashed`() throws {
    let world = try world(perMinute: 3)
    func ask(_ number: Int) throws -> ChildProcess.Result {
      try world.psql(["SELECT id FROM users WHERE email = 'canary\(number)@secret.example'"])
    }
    #expect(try ask(1).output == "1\n")
    // Two in one statement, one by a parameter in another session.
    let two = try world.psql([
      "SELECT id FROM users WHERE email = 'canary2@secret.example' UNION ALL SELECT id FROM users WHERE email = 'nobody'"
    ])
    #expect(two.output == "2\n")
    let refused = try ask(4)
    #expect(refused.output == "")
    #expect(refused.errors.contains("53400"))
    #expect(refused.errors.contains("more than 3 look-ups of the masked column public.users.email a minute"))
    let connection = try world.connect()
    do {
      _ = try connection.query("SELECT id FROM users WHERE email = $1", ["canary5@secret.example"])
      Issue.record("answered")
    } catch {
      #expect(error.sqlState.code == "53400")
    }
    // The connection goes on, and other columns have a count of their own.
    #expect(try connection.query("SELECT id FROM users WHERE code = $1", ["c9"]).single()["id"] == "9")
    let records = world.audit.split(separator: "\n").filter { $0.contains(#""kind":"lookup""#) }
    #expect(records.count == 6)
    #expect(records.count { $0.contains(#""refused":"limits""#) } == 2)
    #expect(records.allSatisfy { !$0.contains("secret.example") && $0.contains(#""value":""#) })
    #expect(records.count { $0.contains("public.users.email") } == 5)
  }

  @Test func `without the lease's key nothing is looked up`() throws {
    let world = try world(withKey: false)
    let result = try world.psql(["SELECT id FROM users WHERE email = 'canary7@secret.example'"])
    #expect(result.errors == "")
    #expect(result.output == "")
  }

  @Test func `a minute's count begins anew after it, and a clock that is behind does not begin one`() {
    let counter = LookupCounter()
    let column = LookupCounter.Column(lease: "l", table: 1, number: 2)
    #expect(counter.take(column, perMinuteMax: 2, nowMilliseconds: 100_000) == nil)
    #expect(counter.take(column, perMinuteMax: 2, nowMilliseconds: 99_000) == nil)
    #expect(counter.take(column, perMinuteMax: 2, nowMilliseconds: 130_000) == 31)
    #expect(counter.take(column, perMinuteMax: 2, nowMilliseconds: 99_000) != nil)
    #expect(counter.take(.init(lease: "l", table: 1, number: 3), perMinuteMax: 2, nowMilliseconds: 130_000) == nil)
    #expect(counter.take(.init(lease: "m", table: 1, number: 2), perMinuteMax: 2, nowMilliseconds: 130_000) == nil)
    #expect(counter.take(column, perMinuteMax: 2, nowMilliseconds: 160_000) == nil)
  }

  @Test(arguments: [
    ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("{a0eebc999c0b4ef8bb6d6bb9bd380a11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), ("zz", "zz"), ("", ""),
  ])
  func `a UUID is written as PostgreSQL writes it`(text: String, canonical: String) {
    #expect(SessionLookups.canonical(Array(text.utf8), .uuid) == Array(canonical.utf8))
  }

  @Test(arguments: [("c5   ", "c5"), ("  c", "  c"), ("   ", ""), ("", "")])
  func `a padded text loses the blanks at its end`(text: String, canonical: String) {
    #expect(SessionLookups.canonical(Array(text.utf8), .padded) == Array(canonical.utf8))
  }

  /// Prepares a statement as `s`, describes it, and runs it twice; formats and hexadecimal values follow the text.
  private static let extended = """
    sql, formats, *values = arguments
    codes = [int(f) for f in formats.split(',') if f]
    bind = b'\\0s\\0' + struct.pack('!H', len(codes)) + b''.join(struct.pack('!H', c) for c in codes)
    bind += struct.pack('!H', len(values))
    for value in map(bytes.fromhex, values): bind += struct.pack('!i', len(value)) + value
    bind += struct.pack('!H', 0)
    run = pack(b'B', bind) + pack(b'E', b'\\0' + struct.pack('!I', 0))
    s.sendall(pack(b'P', b's\\0' + sql.encode() + b'\\0' + struct.pack('!H', 0)) + pack(b'D', b'Ss\\0') + run + run + pack(b'S', b''))
    while True:
      kind, body = message()
      if kind == b't': print('t', *struct.unpack('!%dI' % struct.unpack('!H', body[:2])[0], body[2:]))
      if kind == b'D': print('D', body[6:].decode())
      if kind == b'E':
        fields = {part[:1]: part[1:].decode() for part in body.split(b'\\0') if part}
        print('E', fields[b'C'], fields[b'M'])
      if kind == b'Z': print('Z', body.decode()); break
    """
}
