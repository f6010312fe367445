import Foundation
import IssuerAPI
import Policy
import PostgresClient
import TestSupport
import Testing

@testable import Issuer

/// Scans of real databases.
@Suite struct DatabaseScanTests {
  /// A cluster as `issuerctl init` leaves it, with an empty database of the owner `shop`.
  private func cluster() throws -> (server: PostgresServer, owner: PostgresConnection, admin: PostgresConnection) {
    let server = try PostgresServer()
    let directory = try SQLDirectory.located()
    let superuser = try server.connect()
    try superuser.execute(script: try directory.script("bootstrap/roles.sql"))
    try superuser.execute(script: "ALTER ROLE issuer_admin PASSWORD 'admin'; CREATE ROLE shop; GRANT shop TO issuer_admin")
    try superuser.query("CREATE DATABASE shop OWNER shop")
    let owner = try server.connect(database: "shop")
    try owner.execute(script: try directory.script("bootstrap/governed.sql"))
    return (server, owner, try server.connect(user: "issuer_admin", password: "admin", database: "shop"))
  }

  private func scan(_ admin: PostgresConnection, masks: String = "[]") throws -> ScanReport {
    let rules = try JSONDecoder().decode(
      DatabaseRules.self, from: Data(#"{"name": "shop", "masks": \#(masks), "trusted": []}"#.utf8))
    return try DatabaseScan(SQLDirectory.located(), rules: rules, sampleRows: 1000).run(on: admin)
  }

  private func summary(_ report: ScanReport) -> [String] {
    report.proposals.map { "\($0.table).\($0.column) \($0.kind.rawValue) \($0.mask.rawValue) \($0.confidence.rawValue)" }
  }

  @Test func `columns are found by name, type and content, and labelled ones left out`() throws {
    let (server, owner, admin) = try cluster()
    try owner.execute(
      script: """
        SET ROLE shop;
        CREATE SCHEMA app; CREATE DOMAIN app.email_address AS text;
        CREATE TABLE app.clients (id int, contact app.email_address, note text, born date, tel bigint, "Odd.Name" text, tags text[],
          data jsonb, labelled text, commented text, total numeric);
        COMMENT ON COLUMN app.clients.commented IS 'mask: email';
        INSERT INTO app.clients SELECT g, 'c' || g || '@example.org', 'order ' || g, '2000-01-01', 43660100000 + g, 'x' || g || '@example.org',
          ARRAY['some words', '4111111111111111'], '{"iban": "DE89370400440532013000"}', 'l@example.org', 'm@example.org', g FROM generate_series(1, 50) g;
        CREATE TABLE app.empty (password text, zip text);
        CREATE VIEW app.peek AS SELECT contact FROM app.clients;
        RESET ROLE;
        CREATE TABLE public.secret (email text); INSERT INTO public.secret VALUES ('root@example.org');
        CREATE TABLE app.walled (email text, note text); ALTER TABLE app.walled OWNER TO shop;
        ALTER TABLE app.walled ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        """)
    let report = try scan(admin, masks: #"[{"schema": "app", "table": "*", "column": "labelled", "rule": "x", "kind": "email"}]"#)
    #expect(
      summary(report) == [
        "clients.contact email email high", "clients.born birth-date year high", "clients.tel phone last4 high",
        "clients.Odd.Name email email high", "clients.tags mixed redact medium", "clients.data mixed redact medium",
        "empty.password secret redact medium", "empty.zip address redact medium", "walled.email email email medium",
        "secret.email email email medium",
      ])
    #expect(report.labelled == 2)
    // Of neither anything was read: the one is nobody's whom the issuer may act for, the other's policies are never run.
    #expect(report.skipped.map(\.table) == ["app.walled", "public.secret"])
    #expect(report.skipped[1].reason.contains("not a member of its owner"))
    #expect(!String(decoding: try JSONEncoder().encode(report), as: UTF8.self).contains("example.org"))
    // Nothing is left behind on the connection, and nothing was written.
    #expect(try admin.query("SELECT current_user AS who").single()[0] == "issuer_admin")
    server.stop()
  }

  @Test func `a sample runs nothing that an application wrote, and takes no more than its time`() throws {
    let (server, owner, admin) = try cluster()
    try owner.execute(
      script: """
        SET ROLE shop;
        CREATE TABLE public.trap (email text, extra text); INSERT INTO public.trap VALUES ('a@example.org', 'x');
        CREATE FUNCTION public.left(text, int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'ran'; END $$;
        CREATE FUNCTION public.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'ran'; END $$;
        CREATE TABLE public.locked (email text); INSERT INTO public.locked VALUES ('a@example.org');
        """)
    try owner.query("BEGIN")
    try owner.query("LOCK TABLE public.locked IN ACCESS EXCLUSIVE MODE")
    let report = try scan(admin)
    #expect(report.skipped.map(\.table) == ["public.locked"])
    #expect(report.skipped[0].reason.contains("55P03"))
    #expect(summary(report) == ["locked.email email email medium", "trap.email email email high"])
    server.stop()
  }

  private static var pagila: URL? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let given = ProcessInfo.processInfo.environment["ISSUER_TEST_PAGILA"].map { URL(fileURLWithPath: $0) }
    return
      ([given]
      + ["Tests/Data/pagila", "../shared/data/pagila", "../../shared/data/pagila"].map { root.appendingPathComponent($0) })
      .compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("schema.sql").path) }
  }

  @Test(.enabled(if: pagila != nil)) func `Pagila's personal data are found`() throws {
    let folder = try #require(Self.pagila)
    let (server, owner, admin) = try cluster()
    let schema = try String(contentsOf: folder.appendingPathComponent("schema.sql"), encoding: .utf8)
    try owner.execute(script: schema.replacing("OWNER TO postgres", with: "OWNER TO shop"))
    let loaded = try ChildProcess.run(
      "psql",
      [
        "-qX", "-v", "ON_ERROR_STOP=1", "-h", PostgresServer.host, "-p", String(server.port), "-U", PostgresServer.superuser,
        "-d",
        "shop", "-f", folder.appendingPathComponent("data.sql").path,
      ], environment: ["PGPASSWORD": server.superuserPassword])
    #expect(loaded.status == 0, "\(loaded.errors)")
    let report = try scan(admin)
    let found = summary(report)
    for expected in [
      "customer.email email email high", "customer.first_name name partial high", "customer.last_name name partial high",
      "address.address address redact medium", "address.phone phone last4 high", "address.postal_code address redact medium",
      "staff.email email email high", "staff.password secret redact medium", "actor.last_name name partial high",
    ] {
      #expect(found.contains(expected), "\(expected) is not among \(found)")
    }
    #expect(!found.contains { $0.hasPrefix("film.") || $0.hasPrefix("payment.") || $0.hasPrefix("city.") })
    #expect(report.skipped == [])
    server.stop()
  }
}
