import Foundation
import PostgresClient
import TestSupport
import Testing

extension LedgerSuites {
  @Suite(.serialized) struct LedgerReconcile {
    @Test(arguments: PostgresServer.majors)
    func `a role of ours without a lease is adopted and ended, one without our mark is never seen`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let superuser = try ledger.fixture.server.connect()
      let stranger = "jit_stranger_\(major)"
      try superuser.execute("CREATE ROLE \(Identifier(stranger)) LOGIN")
      defer { _ = try? superuser.execute("DROP ROLE \(Identifier(stranger))") }
      try superuser.execute("COMMENT ON ROLE \(Identifier(stranger)) IS 'issuer lease of something else'")

      // A ledger restored from a backup: the lease's rows are gone, the role is there.
      let lease = try ledger.lease(person: "lost")
      try ledger.query("DELETE FROM issuer.lease WHERE id = $1", [lease.id])
      let found = try ledger.query("SELECT * FROM issuer.reconcile_scan()").rows
      #expect(found.map { $0["role_name"] } == [lease.role] && found.first?["problem"] == "orphan")
      #expect(found.first?["digest"] == LedgerFixture.mark)
      let wrong = #expect(throws: PostgresError.self) {
        try ledger.query("SELECT issuer.adopt($1, $2, $3, 'feedfeedfeedfeed')", [lease.role, found[0]["role_oid"], lease.id])
      }
      #expect(wrong?.sqlState == "IS404")
      try ledger.query("SELECT issuer.adopt($1, $2, $3, $4)", [lease.role, found[0]["role_oid"], lease.id, LedgerFixture.mark])
      #expect(try ledger.end([lease.id]) == [lease.id.lowercased(): "ok"])
      #expect(try !ledger.roleExists(lease.role) && ledger.roleExists(stranger))
      #expect(try ledger.differences().isEmpty)
    }

    @Test(arguments: PostgresServer.majors)
    func `what a DBA did to our roles by hand is told and set right`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let superuser = try ledger.fixture.server.connect()
      let dated = try ledger.lease(person: "dated")
      let renamed = try ledger.lease(person: "renamed")
      let dropped = try ledger.lease(person: "dropped")
      let woken = try ledger.lease(person: "woken")
      _ = try ledger.disable([woken.id])
      try superuser.execute("ALTER ROLE \(Identifier(dated.role)) VALID UNTIL 'infinity'")
      try superuser.execute("ALTER ROLE \(Identifier(renamed.role)) RENAME TO \(Identifier(renamed.role + "_x"))")
      try superuser.execute("DROP ROLE \(Identifier(dropped.role))")
      try superuser.execute("ALTER ROLE \(Identifier(woken.role)) LOGIN")
      let problems = try ledger.query("SELECT problem, lease_id::text FROM issuer.reconcile_scan()").rows
      #expect(Set(problems.map { $0["problem"] }) == ["undated", "renamed", "missing", "login"])
      for problem in problems {
        let function = problem["problem"] == "missing" ? "missing" : "repair"
        try ledger.query("SELECT issuer.\(function)($1)", [problem["lease_id"]])
      }
      #expect(try ledger.differences().isEmpty)
      let leases = [dated.id, renamed.id, woken.id]
      #expect(try ledger.end(leases).values.allSatisfy { $0 == "ok" })
      #expect(try !ledger.roleExists(renamed.role + "_x"))
    }

    @Test(arguments: PostgresServer.majors)
    func `a silent issuer is reaped only when none of its backends lives`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      var silent: Ledger? = try fixture.ledger()
      let id = try #require(silent).instance.uuidString
      let lease = try ledger.lease()
      _ = try ledger.disable([lease.id])
      _ = try silent?.query("SELECT FROM issuer.claim_due($1, 500, 3600)", [id])
      try ledger.query("UPDATE issuer.instance SET heartbeat_at = heartbeat_at - interval '1 hour' WHERE id = $1", [id])
      let reap = {
        try ledger.query("SELECT issuer.reap_instances(60)::text AS id").rows.contains { $0["id"] == id.lowercased() }
      }
      #expect(try !reap())
      func claim() throws -> Int {
        try ledger.query(
          "SELECT FROM issuer.claim_due($1, 500, 1) WHERE lease_id = $2", [ledger.instance.uuidString, lease.id]
        ).rows.count
      }
      #expect(try claim() == 0)
      // While its backend lives, a transaction of it may still commit: nothing is reconciled.
      try ledger.fixture.server.connect().execute("COMMENT ON ROLE \(Identifier(lease.role)) IS NULL")
      let backend = silent?.connection.backendProcessID ?? 0
      silent = nil
      while try !ledger.query("SELECT FROM pg_stat_activity WHERE pid = $1", [String(backend)]).rows.isEmpty { usleep(5000) }
      #expect(try claim() == 1, "a claim ends with its issuer's last backend, however short its silence")
      #expect(try reap())
      #expect(try claim() == 1, "what it had claimed is free")
      #expect(try ledger.end([lease.id]) == [lease.id: "ok"], "a lost mark does not keep a role of the ledger alive")
    }

    @Test(arguments: PostgresServer.majors)
    func `installing twice runs nothing, and nobody else may execute anything`(major: Int) throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      #expect(try LedgerSchema(SQLDirectory.located()).install(on: ledger.connection).isEmpty)
      let superuser = try fixture.server.connect(database: "issuer")
      let open = try superuser.query(
        """
        SELECT p.oid::regprocedure::text AS f FROM pg_proc p
        WHERE pronamespace IN ('issuer'::regnamespace, to_regnamespace('issuer_as')) AND (
          EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE a.grantee = 0)
          OR pronamespace = 'issuer'::regnamespace AND (prosecdef
            OR proconfig IS NULL AND proname NOT IN ('valid_until', 'rfc3339', 'scope_key')))
        """)
      #expect(open.rows.isEmpty, "\(open.rows.map { $0["f"] ?? "" })")
    }
  }
}
