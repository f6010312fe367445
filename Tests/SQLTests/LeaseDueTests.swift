import Foundation
import PostgresClient
import TestSupport
import Testing

extension LedgerSuites {
  /// The short way out: `drop_due`.
  @Suite(.serialized) struct LeaseDue {
    @Test(arguments: PostgresServer.majors)
    func `leases that nobody uses lose their roles at once, and the barrier is owed until it was taken`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let due = try (0..<3).map { _ in try ledger.lease(person: "due") }
      let later = try ledger.lease(person: "later")
      try ledger.expire(due.map(\.id))
      #expect(Set(try ledger.dropDue()) == Set(due.map(\.id)))
      #expect(try due.allSatisfy { try !ledger.roleExists($0.role) })
      #expect(try ledger.roleExists(later.role))
      let states = try ledger.query(
        "SELECT DISTINCT state, end_reason, ended_by FROM issuer.lease WHERE id = ANY ($1)", [PostgresArray.text(due.map(\.id))])
      #expect(try states.single()["state"] == "dropped" && states.single()["end_reason"] == "expired")
      #expect(try states.single()["ended_by"] == "issuer")
      #expect(try ledger.differences().isEmpty)
      // A crash here leaves the eviction owed: the next sweep pays it, once.
      #expect(Set(try ledger.claimDue(since: nil)) == Set(due.map(\.id)))
      try ledger.evict(due.map(\.id))
      #expect(try ledger.drop(due.map(\.id)).values.allSatisfy { $0 == "ok" })
      #expect(try ledger.claimDue(since: nil).isEmpty)
      #expect(try ledger.differences().isEmpty)
      #expect(try ledger.end([later.id]) == [later.id: "ok"])
    }

    @Test(arguments: PostgresServer.majors)
    func `whoever has a session, owns something or prepared a transaction goes the long way`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let leases = try (0..<4).map { _ in try ledger.lease(person: "busy") }
      let session = try ledger.login(leases[0].role)
      try ledger.login(leases[1].role).query("CREATE TABLE app.left_behind\(major)(a int)")
      let half = try ledger.login(leases[2].role)
      try half.query("BEGIN")
      try half.query("SELECT count(*) FROM app.orders")
      try half.query("PREPARE TRANSACTION 'due \(major)'")
      let superuser = try ledger.fixture.server.connect(database: "shop")
      try superuser.query("BEGIN")
      try superuser.execute("GRANT SELECT ON app.orders TO \(Identifier(leases[3].role))")
      try ledger.expire(leases.map(\.id))
      #expect(try ledger.dropDue().isEmpty)
      #expect(try leases.allSatisfy { try ledger.roleExists($0.role) })
      try session.query("SELECT 1")
      try superuser.query("ROLLBACK")
      #expect(try ledger.end(leases.map(\.id)).values.allSatisfy { $0 == "ok" })
      #expect(try ledger.query("SELECT FROM pg_prepared_xacts").rows.isEmpty)
    }

    @Test(arguments: PostgresServer.majors)
    func `an admin that could not end a session without its role drops none before`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let due = try ledger.lease(person: "unsignalled")
      try ledger.expire([due.id])
      let superuser = try ledger.fixture.server.connect()
      try superuser.query("REVOKE pg_signal_backend FROM issuer_admin")
      defer { _ = try? superuser.query("GRANT pg_signal_backend TO issuer_admin") }
      #expect(try ledger.dropDue().isEmpty)
      #expect(try ledger.roleExists(due.role))
      #expect(try ledger.end([due.id]) == [due.id: "ok"])
    }

    @Test(arguments: PostgresServer.majors)
    func `a login that was half-way when its role was dropped does not survive`(major: Int) async throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      let lease = try ledger.lease(person: "racer")
      let role = lease.role
      let racer = Task.detached { () -> Bool in
        do {
          let session = try fixture.server.connect(
            user: role, password: "lease-password", database: "shop", ["options": "-c post_auth_delay=2"])
          try session.query("SELECT 1")
          usleep(200_000)
          try session.query("SELECT 1")
          return true
        } catch { return false }
      }
      let nameless = """
        SELECT FROM pg_locks k LEFT JOIN pg_stat_activity a ON a.pid = k.pid
        WHERE k.locktype = 'virtualxid' AND (a.pid IS NULL OR a.usesysid IS NULL AND a.backend_type = 'client backend')
        """
      let deadline = ContinuousClock.now + .seconds(10)
      while try ledger.query(nameless).rows.isEmpty, ContinuousClock.now < deadline { usleep(5000) }
      try #require(try !ledger.query(nameless).rows.isEmpty, "the login is in its post_auth_delay")
      try ledger.expire([lease.id])
      #expect(try ledger.dropDue() == [lease.id])
      try ledger.evict([lease.id])
      #expect(try ledger.query("SELECT FROM pg_stat_activity WHERE usename = $1", [role]).rows.isEmpty)
      #expect(try ledger.drop([lease.id]) == [lease.id: "ok"])
      #expect(await racer.value == false)
    }

    @Test(arguments: PostgresServer.majors)
    func `lanes of one sweep do not take each other's leases, a later sweep does`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease(person: "lane")
      try ledger.expire([lease.id])
      let before = try ledger.query("SELECT clock_timestamp()::text AS now").single().string("now")
      #expect(try ledger.claimDue(since: before) == [lease.id])
      #expect(try ledger.claimDue(since: before).isEmpty)
      #expect(try ledger.dropDue().isEmpty)
      #expect(try ledger.claimDue(since: nil) == [lease.id])
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"])
    }

    @Test(arguments: PostgresServer.majors)
    func `a scope is not retired under a lease that is being issued`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      try ledger.query("SELECT issuer.scope_begin('bbbb000001', 'leaving', 'shop', '{}')")
      try ledger.query("SELECT issuer.scope_ready('bbbb000001', '[]')")
      try ledger.query("BEGIN")
      let granted = try ledger.grant(scope: "leaving")
      let other = try fixture.ledger()
      try other.query("SET lock_timeout = '100ms'")
      for statement in ["SELECT issuer.scope_retire('bbbb000001')", "SELECT issuer.scope_failed('bbbb000001', '[]')"] {
        let error = #expect(throws: PostgresError.self) { try other.query(statement) }
        #expect(error?.sqlState == .lockNotAvailable)
      }
      try ledger.query("COMMIT")
      try other.query("SELECT issuer.scope_retire('bbbb000001')")
      #expect(try other.query("SELECT FROM issuer.scope_retirable() WHERE hash = 'bbbb000001'").rows.isEmpty)
      let error = #expect(throws: PostgresError.self) { try ledger.grant(scope: "leaving") }
      #expect(error?.sqlState == "IS503")
      #expect(try ledger.end([#require(granted.lease)]).values.allSatisfy { $0 == "ok" })
      try other.query("SELECT issuer.scope_drop('bbbb000001')")
    }
  }
}

extension Ledger {
  fileprivate func expire(_ leases: [String]) throws {
    try query("UPDATE issuer.lease SET deadline = clock_timestamp() WHERE id = ANY ($1)", [PostgresArray.text(leases)])
  }

  fileprivate func dropDue() throws -> [String] {
    try query("SELECT id FROM issuer.drop_due($1, 500, 60, 'expired', 'issuer') AS id", [instance.uuidString]).rows.map {
      try $0.string("id")
    }
  }

  /// - Parameter since: nil for now.
  fileprivate func claimDue(since: String?) throws -> [String] {
    try query(
      "SELECT lease_id FROM issuer.claim_due($1, 500, 60, coalesce($2::timestamptz, clock_timestamp()))",
      [instance.uuidString, since]
    ).rows.map { try $0.string("lease_id") }
  }
}
