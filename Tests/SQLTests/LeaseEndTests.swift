import Foundation
import PostgresClient
import TestSupport
import Testing

extension LedgerSuites {
  @Suite(.serialized) struct LeaseEnd {
    @Test(arguments: PostgresServer.majors)
    func `a running query at the end of its lease is gone and the role dropped`(major: Int) async throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      let lease = try ledger.lease()
      let role = lease.role
      let sleeper = Task.detached { () -> SQLState? in
        let session = try fixture.server.connect(user: role, password: "lease-password", database: "shop")
        do { try session.query("SELECT pg_sleep(60)") } catch let error as PostgresError { return error.sqlState }
        return nil
      }
      while try ledger.query("SELECT FROM pg_stat_activity WHERE usename = $1", [role]).rows.isEmpty { usleep(5000) }
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"])
      #expect(try await sleeper.value == .adminShutdown)
      #expect(try !ledger.roleExists(role))
    }

    @Test(arguments: PostgresServer.majors)
    func `a login that was half-way when the lease was disabled does not survive`(major: Int) async throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      let lease = try ledger.lease()
      let role = lease.role
      let starting = { (ledger: Ledger) in
        try !ledger.query(
          """
          SELECT FROM pg_locks k LEFT JOIN pg_stat_activity a ON a.pid = k.pid
          WHERE k.locktype = 'virtualxid' AND (a.pid IS NULL OR a.usesysid IS NULL AND a.backend_type = 'client backend')
          """
        ).rows.isEmpty
      }
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
      let deadline = ContinuousClock.now + .seconds(10)
      while try !starting(ledger), ContinuousClock.now < deadline { usleep(5000) }
      try #require(try starting(ledger), "the login is in its post_auth_delay")
      #expect(try ledger.disable([lease.id]) == 1)
      try ledger.evict([lease.id])
      #expect(try ledger.query("SELECT FROM pg_stat_activity WHERE usename = $1", [role]).rows.isEmpty)
      #expect(try ledger.drop([lease.id]) == [lease.id: "ok"])
      #expect(await racer.value == false)
    }

    @Test(arguments: PostgresServer.majors)
    func `objects in two databases go, and none gains rights on the way`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease()
      for database in ["shop", "depot"] {
        let session = try ledger.login(lease.role, database: database)
        try session.execute(
          script: """
            CREATE FUNCTION app.peek() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT ''x''::text';
            CREATE TABLE app.mine AS SELECT 1 AS a;
            CREATE VIEW app.seen AS SELECT * FROM app.mine;
            """)
      }
      _ = try ledger.disable([lease.id])
      // From here on the definer function has nothing of the scope.
      let scope = try ledger.query(
        "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid WHERE r.rolname = $1 AND g.rolname LIKE 'iss_scope%'",
        [lease.role])
      #expect(scope.rows.isEmpty)
      try ledger.evict([lease.id])
      #expect(try ledger.drop([lease.id]) == [lease.id: "2BP01"], "dropping before cleaning is told, not forced")
      #expect(try ledger.clean([lease.id]).sorted() == ["depot dropped", "shop dropped"])
      #expect(try ledger.drop([lease.id]) == [lease.id: "ok"])
      #expect(try ledger.query("SELECT FROM issuer.end_attempt WHERE lease_id = $1", [lease.id]).rows.isEmpty)
      let shop = try ledger.fixture.server.connect(database: "shop")
      #expect(try shop.query("SELECT to_regclass('app.mine') AS gone").single()["gone"] == nil)
    }

    @Test(arguments: PostgresServer.majors)
    func `what policy keeps, or others depend on, goes to a powerless owner and nobody can call it`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let keep = try ledger.lease(keep: true)
      let depended = try ledger.lease()
      let one = try ledger.login(keep.role)
      try one.execute(
        script:
          "CREATE FUNCTION app.kept\(major)() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT secret FROM app.orders'; "
          + "CREATE TABLE app.kept_table\(major)(a int); GRANT SELECT ON app.kept_table\(major) TO PUBLIC")
      let two = try ledger.login(depended.role)
      try two.execute(script: "CREATE TABLE app.base\(major)(a int); GRANT SELECT ON app.base\(major) TO app_owner")
      let owner = try ledger.fixture.server.connect(database: "shop")
      try owner.execute(script: "SET ROLE app_owner; CREATE VIEW app.above\(major) AS SELECT * FROM app.base\(major); RESET ROLE")
      let both = [keep.id, depended.id]
      _ = try ledger.disable(both)
      try ledger.evict(both)
      #expect(try ledger.clean(both) == ["shop kept", "shop kept"])
      #expect(try ledger.drop(both) == [keep.id: "ok", depended.id: "ok"])
      let found = try owner.query(
        """
        SELECT pg_get_userbyid(proowner) AS owner, has_function_privilege('app_owner', oid, 'EXECUTE') AS callable
        FROM pg_proc WHERE proname = $1
        """, ["kept\(major)"]
      ).single()
      #expect(try found.string("owner") == "iss_quarantine" && !found.boolean("callable"))
      #expect(
        try owner.query("SELECT to_regclass($1) AS there", ["app.above\(major)"]).single()["there"] != nil, "not ours: it stays")
      let readable = try owner.query("SELECT has_table_privilege('app_owner', $1, 'SELECT') AS yes", ["app.kept_table\(major)"])
        .single()
      #expect(try !readable.boolean("yes"))
      #expect(try !owner.query("SELECT has_schema_privilege('iss_quarantine', 'app', 'CREATE') AS yes").single().boolean("yes"))
    }

    @Test(arguments: PostgresServer.majors)
    func `a prepared transaction is rolled back in its database`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease()
      let session = try ledger.login(lease.role)
      try session.query("BEGIN")
      try session.query("CREATE TABLE app.half\(major)(a int)")
      try session.query("PREPARE TRANSACTION 'it''s half-way'")
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"])
      #expect(try ledger.query("SELECT FROM pg_prepared_xacts").rows.isEmpty)
    }

    @Test(arguments: PostgresServer.majors)
    func `one role that cannot be dropped does not hold up the others`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      let leases = try (0..<24).map { _ in try ledger.lease(person: "chunk") }
      // Somebody else's open transaction hands the role a table: DROP ROLE would wait for its end.
      let other = try fixture.server.connect(database: "shop")
      try other.query("BEGIN")
      try other.query("CREATE TABLE app.handed\(major)(a int)")
      try other.execute("ALTER TABLE app.orders OWNER TO \(Identifier(leases[7].role))")
      let outcome = try ledger.end(leases.map(\.id))
      #expect(outcome[leases[7].id] == "55P03")
      #expect(outcome.values.filter { $0 == "ok" }.count == 23)
      let stuck = try ledger.query("SELECT issuer.leases_json(NULL, NULL, true, 10) AS j").rows
      #expect(stuck.contains { $0["j"]?.contains(leases[7].role) == true && $0["j"]?.contains("\"step\": \"drop\"") == true })
      try other.query("ROLLBACK")
      #expect(try ledger.end([leases[7].id]) == [leases[7].id: "ok"])
    }

    @Test(arguments: PostgresServer.majors)
    func `a chunk that fails in the middle is halved until the culprit stands alone`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let leases = try (0..<9).map { _ in try ledger.lease(person: "half") }
      _ = try ledger.disable(leases.map(\.id))
      let session = try ledger.fixture.server.connect(database: "shop")
      try session.query("CREATE TABLE app.culprit\(major)(a int)")
      try session.execute(
        UtilityStatement(
          "ALTER TABLE \(Identifier("app")).\(Identifier("culprit\(major)")) OWNER TO \(Identifier(leases[4].role))"))
      // Called below `drop`, whose look beforehand would have left it out.
      let rows = try leases.flatMap { lease in
        try ledger.query("SELECT creator FROM issuer.lease WHERE id = $1", [lease.id]).rows.map { ($0["creator"], lease.id) }
      }
      var ok = 0
      var refused: [String] = []
      for (creator, ids) in Dictionary(grouping: rows, by: \.0).mapValues({ $0.map(\.1) }) {
        for row in try ledger.query("SELECT * FROM issuer.drop_chunk($1, $2)", [creator, PostgresArray.text(ids)]).rows {
          if try row.boolean("dropped") { ok += 1 } else { refused.append(try row.string("sql_state")) }
        }
      }
      #expect(ok == 8 && refused == ["2BP01"])
      // The roles went behind the ledger's back: reconciling tells and closes.
      for lease in leases where lease.id != leases[4].id { try ledger.query("SELECT issuer.missing($1)", [lease.id]) }
      #expect(try ledger.end([leases[4].id]) == [leases[4].id: "ok"])
      #expect(try ledger.differences().isEmpty)
    }

    @Test(arguments: PostgresServer.majors)
    func `ending is refused out of order, and active leases are not dropped`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let lease = try ledger.lease()
      for function in ["SELECT issuer.evict($1, NULL)", "SELECT issuer.drop($1)"] {
        let error = #expect(throws: PostgresError.self) { try ledger.query(function, [PostgresArray.text([lease.id])]) }
        #expect(error?.sqlState == .objectInUse)
      }
      let session = try ledger.login(lease.role)
      _ = try ledger.disable([lease.id])
      #expect(try ledger.drop([lease.id]) == [lease.id: "55006"], "a live session")
      try session.query("SELECT 1")
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"])
    }

    @Test(arguments: PostgresServer.majors)
    func `the end of a lease is told to whoever listens`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let listener = try ledger.fixture.server.connect(user: "issuer_admin", database: "issuer")
      try listener.execute("LISTEN issuer")
      let lease = try ledger.lease()
      _ = try ledger.disable([lease.id], reason: "revoked by bob: \"test\"")
      var heard: [PostgresNotification] = []
      let deadline = ContinuousClock.now + .seconds(10)
      while !heard.contains(where: { $0.payload.contains(lease.id) }), ContinuousClock.now < deadline {
        heard += try listener.notifications(waitMilliseconds: 500)
      }
      #expect(heard.contains { $0.payload.contains("lease_ended") && $0.payload.contains(lease.id) })
    }
  }
}
