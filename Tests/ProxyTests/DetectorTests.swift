import Foundation
import Policy
import PostgresWire
import TestSupport
import Testing

@testable import Proxy

/// Detectors in sessions on a real server. What they look for stands in a table, never in the text of a statement.
@Suite struct DetectorTests {
  private static let server = Result {
    let server = try PostgresServer()
    try server.connect().execute(
      script: #"""
        CREATE TYPE mood AS ENUM ('a@b.cc');
        CREATE TABLE people (id int, note text, doc jsonb, plain json, list text[], amount bigint, born date, mood mood);
        INSERT INTO people SELECT g, 'call ann' || g || '@example.org or +43 660 1234567', '{"mail": "ann@example.org", "n": 4111111111111111}',
          '{"mail":"ann@example.org","n":4111111111111111}', ARRAY['x', NULL, 'ann@example.org'], 4111111111111111, '2001-02-03', 'a@b.cc'
          FROM generate_series(1, 100) g;
        CREATE FUNCTION complain() RETURNS void LANGUAGE plpgsql AS $$
          DECLARE mail text := (SELECT list[3] FROM people LIMIT 1);
          BEGIN RAISE NOTICE 'notice for %', mail; RAISE EXCEPTION 'error for %', mail USING DETAIL = 'detail ' || mail; END $$;
        GRANT SELECT ON people TO PUBLIC;
        """#)
    return server
  }

  private func world(_ rules: DetectorRules, plaintext: Bool = false) throws -> ProxyWorld {
    var policy = ProxyWorld.openPolicy
    policy.detectors = rules
    return try ProxyWorld(try Self.server.get(), policy: policy, plaintext: plaintext)
  }

  private static let matches: DetectorRules = [.email: .maskMatch, .phone: .maskMatch, .card: .maskMatch]

  @Test func `what is found in a row is masked, and the rest is shown`() throws {
    let world = try world(Self.matches)
    let result = try world.psql(["SELECT note, doc, plain, list, amount, born, mood, id FROM people WHERE id = 1"])
    #expect(result.errors == "")
    #expect(
      result.output
        == #"call *** or ***|{"n": "***", "mail": "***"}|{"mail":"***","n":"***"}|{x,NULL,***}|0|2001-02-03|***|1"# + "\n")
  }

  @Test func `it is on record once for each column and statement, and never the value`() throws {
    let world = try world([.email: .maskMatch, .phone: .alarm])
    let result = try world.psql(["SELECT note AS words, list FROM people ORDER BY id", "SELECT 1"])
    #expect(result.output.hasPrefix("call *** or +43 660 1234567|{x,NULL,***}\n"))
    let records = world.audit.split(separator: "\n").filter { $0.contains(#""kind":"detector""#) }
    #expect(records.count == 3, "\(records)")
    #expect(records.contains { $0.contains(#""text":"words","details":{"action":"mask-match","count":"100","kind":"email"}"#) })
    #expect(records.contains { $0.contains(#""text":"words","details":{"action":"alarm","count":"100","kind":"phone"}"#) })
    #expect(records.contains { $0.contains(#""text":"list""#) })
    #expect(!world.audit.contains("example.org"))
  }

  @Test func `a whole value can be masked`() throws {
    let world = try world([.email: .maskValue, .card: .maskValue])
    let result = try world.psql(["SELECT note, doc, plain, list, amount, coalesce(mood::text, 'none') FROM people WHERE id = 1"])
    #expect(result.output == #"***|"***"|"***"|{***}|0|***"# + "\n")
    // A type that the proxy does not know is shown as NULL.
    #expect(try world.psql(["SELECT mood, 1 FROM people WHERE id = 1"]).output == "|1\n")
  }

  @Test func `a value in binary format is what the server sends for the masked value`() throws {
    let world = try world(Self.matches, plaintext: true)
    let client = try WireClient(world)
    func binary(_ text: String) throws -> (types: String, values: [[UInt8]?]) {
      try client.send {
        Parse(name: .unnamed, text: Array(text.utf8)).encode(into: &$0)
        Bind(resultFormats: [1]).encode(into: &$0)
        Execute(portal: .unnamed, rowsMax: 0).encode(into: &$0)
        Sync().encode(into: &$0)
      }
      let messages = try client.readUntilReady()
      let row = try #require(messages.first { $0.type == DataRow.type })
      return (String(messages.map(\.letter)), try DataRow.decode(unsafe row.body.span.bytes).values)
    }
    let found = try binary("SELECT note, doc, plain, list, amount, born, id, mood::text::varchar(9) FROM people WHERE id = 1")
    let expected = try binary(
      #"""
      SELECT 'call *** or ***', '{"mail": "***", "n": "***"}'::jsonb, '{"mail":"***","n":"***"}'::json, ARRAY['x', NULL, '***'],
        (amount), born, id, '***'::varchar FROM people WHERE id = 1
      """#)
    // The proxy asks for the columns' types itself, and keeps the answer.
    #expect(found.types == "12DCZ")
    #expect(found.values == expected.values)
    // A type that the proxy does not know keeps its length.
    #expect(try binary("SELECT mood FROM people WHERE id = 1").values == [Array("******".utf8)])
    let opaque = try binary("SELECT p FROM people p WHERE id = 1").values[0] ?? []
    #expect(opaque.count > 100 && !String(decoding: opaque, as: UTF8.self).contains("example"))
    client.close()
  }

  @Test func `portals that stop and go on, and cursors, are looked at as well`() throws {
    let world = try world(Self.matches, plaintext: true)
    let client = try WireClient(world)
    try client.send {
      Query("BEGIN; DECLARE c BINARY CURSOR FOR SELECT list[3] FROM people").encode(into: &$0)
      Query("FETCH 2 FROM c").encode(into: &$0)
      Parse(name: .unnamed, text: Array("SELECT list[3] FROM people".utf8)).encode(into: &$0)
      Bind(portal: WireName("p")).encode(into: &$0)
      Execute(portal: WireName("p"), rowsMax: 1).encode(into: &$0)
      Execute(portal: WireName("p"), rowsMax: 2).encode(into: &$0)
      Sync().encode(into: &$0)
    }
    let rows = try client.readUntilReady(3).filter { $0.type == DataRow.type }.map(\.values)
    #expect(rows == Array(repeating: ["***"], count: 5))
    client.close()
  }

  @Test func `COPY is looked at line by line, in its three formats`() throws {
    let world = try world(Self.matches)
    let rows = "(SELECT id, note, list[3] FROM people WHERE id < 3 ORDER BY id)"
    let result = try world.psql(["COPY \(rows) TO STDOUT", "COPY \(rows) TO STDOUT (FORMAT csv)"])
    #expect(
      result.output == "1\tcall *** or ***\t***\n2\tcall *** or ***\t***\n1,call *** or ***,***\n2,call *** or ***,***\n")
    #expect(world.audit.contains(#""text":"COPY field 2""#))
    let whole = try self.world([.email: .maskValue])
    #expect(try whole.psql(["COPY \(rows) TO STDOUT"]).output == "1\t***\t***\n2\t***\t***\n")
    let plain = try self.world(Self.matches, plaintext: true)
    let client = try WireClient(plain)
    try client.send { Query("COPY \(rows) TO STDOUT (FORMAT binary)").encode(into: &$0) }
    let data = try client.readUntilReady().filter { $0.type == CopyData.type }.flatMap(\.body)
    #expect(String(decoding: data, as: UTF8.self).contains("call **************** or ***************"))
    #expect(!String(decoding: data, as: UTF8.self).contains("example"))
    client.close()
  }

  @Test func `errors and notices are looked at`() throws {
    let world = try world(Self.matches)
    let result = try world.psql(["SELECT complain()"])
    #expect(result.errors.contains("notice for ***") && result.errors.contains("error for ***"))
    #expect(result.errors.contains("detail ***") && !result.errors.contains("example"), "\(result.errors)")
    #expect(world.audit.contains(#""text":"error""#) && world.audit.contains(#""text":"notice""#))
    #expect(!world.audit.contains("example.org"))
  }

  @Test func `a row longer than the detectors read ends its statement, and not the session`() throws {
    let world = try world(Self.matches)
    let result = try world.psql([
      "SELECT length(repeat('x', 3000000) || list[3]), repeat('x', 3000000) || ' ' || list[3] FROM people LIMIT 1",
      "SELECT repeat('x', 17 << 20)", "SELECT 'still here'",
    ])
    #expect(result.output.hasPrefix("3000015|xxx"))
    #expect(result.output.hasSuffix("xxx ***\nstill here\n"))
    #expect(result.errors.contains("53400"))
  }

  @Test func `sessions without masks and detectors are not looked at`() {
    #expect(SessionGuard.guarded(by: ProxyWorld.openPolicy) == [])
    #expect(SessionGuard(SharedPolicy(ProxyWorld.openPolicy, number: 0)).detectors == nil)
    var policy = ProxyWorld.openPolicy
    policy.detectors = [.key: .alarm]
    #expect(SessionGuard.guarded(by: policy).contains(.rows))
  }
}
