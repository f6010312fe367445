import Policy
import PostgresClient
import TestSupport
import Testing

@testable import Proxy

/// `RETURNING old.*, new.*` of masked tables, as PostgreSQL 18 has it.
@Suite struct ReturningTests {
  private static func world(_ major: Int) throws -> ProxyWorld {
    let server = try PostgresServer(major: major, tls: true)
    let admin = try server.connect()
    try admin.execute(
      script: """
        CREATE SCHEMA iss_m_public;
        CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, note text);
        INSERT INTO users VALUES (1, 'canary@secret.example', 'first');
        CREATE VIEW iss_m_public.users AS SELECT id, '***'::text AS email, note FROM users
        """)
    let base = try admin.query("SELECT 'users'::regclass::oid::int AS oid").single().integer("oid")
    let table = MaskedTable(
      schema: "public", table: "users", tableOID: UInt32(base), shadowSchema: "iss_m_public", shadowOID: 1,
      columns: [
        .init(name: "id", number: 1, type: "integer"), .init(name: "email", number: 2, type: "text", mask: .redact),
        .init(name: "note", number: 3, type: "text"),
      ], primaryKey: ["id"])
    let policy = SessionPolicy(
      scope: "write", guardrails: [], limits: SessionLimits(), maskedTables: [table], recordsParameters: true)
    return try ProxyWorld(
      server, policy: policy, grants: ["GRANT SELECT (id, note), UPDATE (note), DELETE ON users TO $role"])
  }

  @Test func `the row before and the row after are shown without their masked columns`() throws {
    let world = try Self.world(18)
    let connection = try world.connect()
    let row = try connection.query(
      "UPDATE users SET note = $1 WHERE id = 1 RETURNING old.*, new.*, old.email AS mail", ["second"]
    )
    .single()
    #expect((0..<7).map { row[$0] } == ["1", nil, "first", "1", nil, "second", nil])
    let result = try world.psql([
      "\\pset tuples_only off", "UPDATE users SET note = 'third' RETURNING new.note, OLD.*",
      "DELETE FROM users RETURNING upper(old.email)", "DELETE FROM users RETURNING old",
      "UPDATE users SET note = 'x' RETURNING WITH (OLD AS o) o.id",
    ])
    #expect(result.output.contains("note|id|email|note\nthird|1||second\n"), "\(result.output)")
    let errors = result.errors
    #expect(
      errors.contains("return email by itself or with *") && errors.contains("users has masked columns (email)"), "\(errors)")
    #expect(errors.contains("42601") && errors.contains("RETURNING old.a, new.b without WITH"), "\(errors)")
    #expect(!(result.output + errors).contains("canary"))
  }

  @Test func `an older server says what it says of names that it does not know`() throws {
    let result = try Self.world(15).psql(["UPDATE users SET note = 'x' WHERE id = 1 RETURNING id, old.*"])
    #expect(result.errors.contains(#"42P01: missing FROM-clause entry for table "old""#))
    #expect(result.errors.contains("RETURNING id, old.*\n" + String(repeating: " ", count: 8 + 55) + "^"), "\(result.errors)")
  }
}
