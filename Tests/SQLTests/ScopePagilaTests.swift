import Foundation
import PostgresClient
import TestSupport
import Testing

/// The whole way on a real schema: partitions, domains, enums, views, a materialized view, triggers and a SECURITY DEFINER function.
@Suite struct ScopePagilaTests {
  static let masks: KeyValuePairs = [
    "public.customer.email": "email", "public.*.last_name": "partial", "public.staff.password": "null",
    "public.address.phone": "last4",
    "public.payment.amount": "bucket", "public.customer.create_date": "year", "public.film.release_year": "redact",
    "public.staff.picture": "null",
  ]

  static var folder: URL? {
    let given = ProcessInfo.processInfo.environment["ISSUER_TEST_PAGILA"].map { URL(fileURLWithPath: $0) }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return
      ([given]
      + ["Tests/Data/pagila", "../shared/data/pagila", "../../shared/data/pagila"].map { root.appendingPathComponent($0) })
      .compactMap { $0 }
      .first { FileManager.default.fileExists(atPath: $0.appendingPathComponent("schema.sql").path) }
  }

  static func pagila(_ major: Int) throws -> ScopeFixture {
    let folder = try #require(Self.folder)
    let fixture = try ScopeFixture(major: major, "")
    let schema = try String(contentsOf: folder.appendingPathComponent("schema.sql"), encoding: .utf8)
    try fixture.owner.execute(script: schema.replacing("OWNER TO postgres", with: "OWNER TO shop"))
    // The data is psql's COPY ... FROM stdin: by psql.
    let psql = Process()
    psql.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    psql.arguments = [
      "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", PostgresServer.host, "-p", String(fixture.server.port), "-U",
      PostgresServer.superuser,
      "-d", fixture.database, "-f", folder.appendingPathComponent("data.sql").path,
    ]
    psql.environment = ProcessInfo.processInfo.environment.merging(["PGPASSWORD": fixture.server.superuserPassword]) { $1 }
    psql.standardOutput = FileHandle.nullDevice
    try psql.run()
    psql.waitUntilExit()
    #expect(psql.terminationStatus == 0)
    try fixture.owner.execute(script: "REFRESH MATERIALIZED VIEW public.rental_by_category; RESET search_path; ANALYZE")
    return fixture
  }

  @Test(.enabled(if: folder != nil), arguments: PostgresServer.majors)
  func `Pagila is refused for its definer function, cured, and masked`(major: Int) throws {
    let fixture = try Self.pagila(major)
    let scope = try fixture.scope(tables: ["public.*": ["select"], "public.customer": ["update"]], functions: ["public.*"])
    let refused = try fixture.compile(scope, ScopeFixture.rules(Self.masks))
    #expect(refused.refusals == ["definer_function public.rewards_report(integer,numeric)"])
    try fixture.owner.execute(script: try #require(refused.finding("definer_function")).cure)
    let compiled = try fixture.check(refused.role)
    #expect(compiled.state == "ready")
    #expect(compiled.findings.filter { $0.kind == "view_left_out" }.map(\.object) == ["public.rental_by_category"])
    let lease = try fixture.lease(compiled)
    try lease.query("SET search_path = public")
    for road in [
      "SELECT * FROM customer", "SELECT * FROM customer_list", "SELECT * FROM rewards_report(7, 20)",
      "SELECT sum(amount) FROM payment",
      "SELECT amount FROM payment_p2022_01", "SELECT * FROM rental_by_category",
    ] { #expect(scopeState(lease, road) == "42501", "\(road)") }
    #expect(scopeState(lease, "UPDATE customer SET active = 1 WHERE customer_id = 1 RETURNING customer_id, last_update") == nil)

    // Free columns are equal, masked ones are not.
    let shadow = try fixture.shadowSchema()
    for (table, free) in [
      ("customer", "customer_id, store_id, first_name, address_id, activebool"),
      ("film", "film_id, title, rating, special_features, fulltext"),
      ("payment", "payment_id, customer_id, payment_date"), ("staff", "staff_id, first_name, email, username"),
    ] {
      let digest = { (schema: String) in
        "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (SELECT \(free) FROM \(schema).\(table)) t"
      }
      let raw = try fixture.owner.query(digest("public")).single()[0]
      #expect(try lease.query(digest(shadow)).single()[0] == raw, "\(table)")
    }
    let leaks = """
      SELECT count(*) FROM \(shadow).customer m JOIN public.customer r USING (customer_id)
      WHERE m.email = r.email OR m.last_name = r.last_name
      """
    #expect(try fixture.owner.query(leaks).single()[0] == "0")
    #expect(try lease.query("SELECT count(*) FROM \(shadow).film WHERE release_year IS NOT NULL").single()[0] == "0")
    #expect(try fixture.admin.query("SELECT count(*) FROM iss.shadow_problems()").single()[0] == "0")
    try Self.expectViewsServedMasked(fixture, lease)
  }

  /// Every view that reads a masked table, by its masked copy: as many rows as the view, and no raw value.
  private static func expectViewsServedMasked(_ fixture: ScopeFixture, _ lease: PostgresConnection) throws {
    let shadow = try fixture.shadowSchema()
    let views = ["customer_list", "staff_list", "film_list", "nicer_but_slower_film_list", "actor_info", "sales_by_store"]
    for view in views {
      let count = { (schema: String) in "SELECT count(*) FROM \(schema).\(view)" }
      #expect(try lease.query(count(shadow)).single()[0] == fixture.owner.query(count("public")).single()[0], "\(view)")
    }
    for (view, secret) in [
      ("customer_list AS v JOIN public.customer AS r ON r.customer_id = v.id", "strpos(v.name, r.last_name) > 0"),
      ("staff_list AS v JOIN public.staff AS r ON r.staff_id = v.id", "strpos(v.name, r.last_name) > 0"),
      ("actor_info AS v JOIN public.actor AS r USING (actor_id)", "v.last_name = r.last_name"),
      ("customer_list AS v JOIN public.address AS r USING (phone)", "v.phone <> ''"),
    ] {
      #expect(try fixture.owner.query("SELECT count(*) FROM \(shadow).\(view) WHERE \(secret)").single()[0] == "0", "\(view)")
    }
    let row = try lease.query("SELECT name, phone FROM \(shadow).customer_list WHERE id = 1").single()
    #expect(row["name"]?.hasPrefix("MARY ") == true)
    #expect(row["name"]?.contains("***") == true)
    #expect(row["phone"]?.hasPrefix("****") == true)
    #expect(scopeState(lease, "SELECT * FROM public.customer_list") == "42501")
  }
}
