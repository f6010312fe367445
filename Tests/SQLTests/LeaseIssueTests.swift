import Foundation
import PostgresClient
import TestSupport
import Testing

/// All suites against real servers run one after another: they share a ledger for each version.
@Suite(.serialized) enum LedgerSuites {}

extension LedgerSuites {
  @Suite(.serialized) struct LeaseIssue {
    @Test(arguments: PostgresServer.majors)
    func `a request without approval is issued at once and its role can log in and read`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let granted = try ledger.grant(settings: #"{"statement_timeout": "30s", "work_mem": "7MB"}"#)
      #expect(granted.created && granted.lease != nil)
      let session = try ledger.login(granted.role)
      let row = try session.query(
        "SELECT secret, current_setting('statement_timeout') AS t, current_setting('work_mem') AS w FROM app.orders"
      ).single()
      #expect(row["secret"] == "raw" && row["t"] == "30s" && row["w"] == "7MB")
      let role = try ledger.query(
        "SELECT rolconnlimit, rolsuper, rolcreaterole, rolvaliduntil > now() + interval '590 s' AS dated FROM pg_roles WHERE rolname = $1",
        [granted.role]
      ).single()
      #expect(try role.integer("rolconnlimit") == 5 && !role.boolean("rolsuper") && !role.boolean("rolcreaterole"))
      #expect(try role.boolean("dated"))
      #expect(try ledger.differences().isEmpty)
    }

    @Test(arguments: PostgresServer.majors)
    func `the same key is answered with the same lease, another wish under it is refused`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let first = try ledger.grant(key: "k-\(major)-again")
      let second = try ledger.grant(key: "k-\(major)-again")
      #expect(second.request == first.request && second.lease == first.lease && !second.created)
      #expect(try !ledger.roleExists(second.role))
      let error = #expect(throws: PostgresError.self) { try ledger.grant(key: "k-\(major)-again", reason: "another") }
      #expect(error?.sqlState == "IS409")
    }

    @Test(arguments: PostgresServer.majors)
    func `a password in place of a verifier, or an unknown scope, issues nothing`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let before = try ledger.query("SELECT count(*) AS n FROM issuer.request").single().integer("n")
      #expect(throws: PostgresError.self) { try ledger.grant(verifier: "hunter2") }
      let error = #expect(throws: PostgresError.self) { try ledger.grant(scope: "nowhere") }
      #expect(error?.sqlState == "IS503")
      #expect(try ledger.query("SELECT count(*) AS n FROM issuer.request").single().integer("n") == before)
    }

    @Test(arguments: PostgresServer.majors)
    func `a scope on an existing role issues no lease once that role reaches further, and tools are told what enforces it`(
      major: Int
    ) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      let role = "reader_\(UUID().uuidString.prefix(8).lowercased())"
      try fixture.server.connect().query("CREATE ROLE \(Identifier(role))")
      try ledger.query(
        "SELECT issuer.scope_begin('bbbb0000e1', 'crm', 'shop', jsonb_build_object('role', $1::text, 'enforcement', 'best-effort'))",
        [role])
      try ledger.query("SELECT issuer.scope_ready('bbbb0000e1', '[]')")
      let granted = try ledger.grant(scope: "crm")
      let lease = try #require(granted.lease)
      #expect(try ledger.query("SELECT issuer.lease_json($1) ->> 'enforcement'", [lease]).single()[0] == "best-effort")
      #expect(
        try ledger.query("SELECT issuer.request_json($1) ->> 'enforcement'", [granted.request]).single()[0] == "best-effort")
      #expect(try ledger.query("SELECT enforcement FROM issuer.lease_for_login($1)", [granted.role]).single()[0] == "best-effort")
      #expect(try ledger.query("SELECT issuer.lease_json($1) ->> 'enforcement'", [try ledger.lease().id]).single()[0] == "strict")
      try fixture.server.connect().query("ALTER ROLE \(Identifier(role)) BYPASSRLS")
      let error = #expect(throws: PostgresError.self) { try ledger.grant(scope: "crm") }
      #expect(error?.sqlState == "IS503" && error?.message.contains("BYPASSRLS") == true)
    }

    @Test func `compiling and issuing ask the same of an existing role`() throws {
      let sql = try SQLDirectory.located()
      func body(_ file: String, _ name: String) throws -> Substring {
        let text = try sql.script(file)
        let start = try #require(text.range(of: "FUNCTION \(name)"))
        let body = try #require(text[start.upperBound...].range(of: "AS $$"))
        return try text[body.upperBound..<#require(text[body.upperBound...].range(of: "$$;")).lowerBound]
      }
      #expect(
        try body("functions/19_existing_role.sql", "issuer.role_powers") == body("scopes/existing_role.sql", "iss.role_powers"))
    }

    @Test(arguments: PostgresServer.majors)
    func `the admin is no superuser and its verifiers stay out of the log`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      #expect(try !ledger.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").single().boolean("rolsuper"))
      let granted = try ledger.grant(key: "logged-\(major)")
      // A failing statement is logged with its text by default.
      #expect(throws: PostgresError.self) { try ledger.grant(scope: "nowhere") }
      #expect(try ledger.roleExists(granted.role))
      // Up to 14 only a superuser may lower log_statement: there the verifier (no password) is in the log.
      if major >= 15 { #expect(!fixture.server.log.contains("MDEyMzQ1Njc4OWFiY2RlZg")) }
    }

    @Test(arguments: PostgresServer.majors)
    func `hundreds of leases by four issuers at once agree with the roles`(major: Int) async throws {
      let fixture = try LedgerFixture.of(major)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for issuer in 0..<4 {
          group.addTask {
            let ledger = try fixture.ledger()
            for _ in 0..<75 { _ = try ledger.lease(person: "crowd\(issuer)") }
          }
        }
        try await group.waitForAll()
      }
      let ledger = try fixture.ledger()
      #expect(try ledger.query("SELECT FROM pg_roles WHERE rolname LIKE 'jit\\_crowd%'").rows.count == 300)
      #expect(try ledger.differences().isEmpty)

      // Two issuers end them at once; each lease is claimed by one.
      try ledger.query("UPDATE issuer.lease SET deadline = clock_timestamp() WHERE person LIKE 'crowd%'")
      let other = try fixture.ledger()
      func claim(_ ledger: Ledger) throws -> [String] {
        try ledger.query(
          "SELECT lease_id FROM issuer.claim_due($1, 250, 60) WHERE role_name LIKE 'jit\\_crowd%'", [ledger.instance.uuidString]
        )
        .rows.map { try $0.string("lease_id") }
      }
      let mine = try claim(ledger)
      let theirs = try claim(other)
      #expect(!mine.isEmpty && !theirs.isEmpty && Set(mine).isDisjoint(with: theirs) && mine.count + theirs.count == 300)
      #expect(try ledger.end(mine).values.allSatisfy { $0 == "ok" })
      #expect(try other.end(theirs).values.allSatisfy { $0 == "ok" })
      #expect(try ledger.query("SELECT FROM pg_roles WHERE rolname LIKE 'jit\\_crowd%'").rows.isEmpty)
      #expect(try ledger.differences().isEmpty)
      // Ending again changes nothing.
      #expect(try ledger.end(mine).values.allSatisfy { $0 == "ok" })
    }

    @Test(arguments: PostgresServer.majors)
    func `renewing moves role and ledger together, up to the ceiling`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease()
      let renewed = try ledger.query("SELECT * FROM issuer.renew($1, 1200, 'alice')", [lease.id]).single()
      #expect(try (1_190_000...1_200_000).contains(renewed.integer("remaining_milliseconds")))
      let same = try ledger.query(
        "SELECT abs(extract(epoch FROM r.rolvaliduntil - l.deadline)) < 0.001 AS same FROM issuer.lease l JOIN pg_roles r ON r.oid = l.role_oid WHERE l.id = $1",
        [lease.id]
      ).single()
      #expect(try same.boolean("same"))
      let shorter = try ledger.query("SELECT * FROM issuer.renew($1, 5, 'alice')", [lease.id]).single()
      #expect(shorter["deadline"] == renewed["deadline"], "a renewal never shortens")
      let past = #expect(throws: PostgresError.self) { try ledger.query("SELECT issuer.renew($1, 4000, 'alice')", [lease.id]) }
      #expect(past?.sqlState == "IS422")
      _ = try ledger.disable([lease.id])
      let over = #expect(throws: PostgresError.self) { try ledger.query("SELECT issuer.renew($1, 10, 'alice')", [lease.id]) }
      #expect(over?.sqlState == "IS410")
    }
  }
}
