import Foundation
import IssuerAPI
import PostgresClient
import Synchronization
import TestSupport
import Testing

extension KillTests {
  @Suite(.serialized) struct Rotation {
    @Test func `after kill -9 during a rotation the next start logs in`() throws {
      let deployment = try KillTests.deployment()
      let begun = ContinuousClock.now
      #expect(try deployment.ctl(.dba, ["rotate", "admin"]).status == 0)
      let whole = UInt32((ContinuousClock.now - begun) / .microseconds(1))
      for number in KillTests.kills(4, soak: 100) {
        var generator = KillTests.generator("rotation", number)
        let rotating = try deployment.start(.dba, ["rotate", "admin"])
        usleep(UInt32.random(in: whole / 4...whole, using: &generator))
        try KillTests.killIssuer(deployment)
        _ = try rotating.wait()
        try Self.startsAndServes(deployment, number)
      }
      // And none of them is in the way of the next.
      #expect(try deployment.ctl(.dba, ["rotate", "admin"]).status == 0, KillTests.replay())
    }

    /// The new password is sealed as pending, and the statement that sets it is under way in a backend that outlives its issuer: here its
    /// COMMIT waits for a standby. It may still take effect when the next issuer has found that the pending password does not log in.
    @Test(arguments: [true, false])
    func `a password that is set after its issuer died locks nobody out`(commitsLate: Bool) throws {
      let deployment = try KillTests.deployment()
      let server = deployment.server
      let dam = try server.connect()
      try dam.query("SET synchronous_commit = off")
      try dam.query("BEGIN")
      // Holds the role's row, and changes nothing of it.
      try dam.query("SELECT FROM pg_authid WHERE rolname = 'issuer_admin' FOR UPDATE")
      let rotating = try deployment.start(.dba, ["rotate", "admin"])
      try eventually("the rotation to wait for the role") { try Self.setters(deployment, "Lock") == 1 }
      try Self.standby("'nobody'", server)
      defer { try? Self.standby("DEFAULT", server) }
      try Self.awaitWaitingCommits(deployment)
      try dam.query("COMMIT")
      try eventually("the new password to wait for its commit") { try Self.setters(deployment, "SyncRep") == 1 }
      try KillTests.killIssuer(deployment)
      let died = try deployment.truth("SELECT clock_timestamp()").first?[0]
      if commitsLate {
        try deployment.issuer.start()
        // It has tried both passwords, and goes on with the one that opens.
        try eventually("the next issuer to have logged in", seconds: 60) {
          try deployment.count(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name LIKE 'issuerd %' AND application_name <> 'issuerd rotation check' AND backend_start > $1
            """, [died]) > 0
        }
      }
      #expect(try Self.setters(deployment, "SyncRep") == 1, "the backend did not outlive the issuer")
      try Self.standby("DEFAULT", server)
      try eventually("the late statement to have ended") { try Self.setters(deployment, "SyncRep") == 0 }
      _ = try rotating.wait()
      if commitsLate { try deployment.awaitIssuer() } else { try Self.startsAndServes(deployment, 0) }
      // Whatever was set last opens, in this run and in the next.
      try KillTests.killIssuer(deployment)
      try Self.startsAndServes(deployment, 1)
      #expect(try deployment.ctl(.dba, ["rotate", "admin"]).status == 0)
    }

    /// Whom commits wait for.
    private static func standby(_ names: String, _ server: PostgresServer) throws {
      try Blueprint.psql(
        server, "postgres", ["-c", "ALTER SYSTEM SET synchronous_standby_names = \(names)", "-c", "SELECT pg_reload_conf()"])
    }

    /// The server takes the setting in at its leisure: tries commits until one waits.
    private static func awaitWaitingCommits(_ deployment: Deployment) throws {
      var probe: ChildProcess?
      try eventually("commits to wait") {
        if probe?.isRunning != true {
          probe = try ChildProcess(
            "psql",
            [
              "-X", "-h", PostgresServer.host, "-p", String(deployment.server.port), "-U", "postgres",
              "-c", "COMMENT ON DATABASE shop IS 'probe'",
            ], environment: ["PGPASSWORD": deployment.server.superuserPassword, "PGAPPNAME": "probe"])
        }
        return try deployment.count(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'probe' AND wait_event = 'SyncRep'") > 0
      }
    }

    /// Backends that are setting the admin's password, and wait for this.
    private static func setters(_ deployment: Deployment, _ waiting: String) throws -> Int {
      try deployment.count(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER ROLE %PASSWORD%' AND $1 IN (wait_event, wait_event_type)",
        [waiting])
    }

    private static func startsAndServes(_ deployment: Deployment, _ number: Int) throws {
      do {
        try KillTests.startIssuer(deployment)
        let grant = try deployment.grant(.dba, "read")
        #expect(try deployment.client(.dba).revoke(grant.lease.id, reason: "done").state == .dropped)
      } catch {
        Issue.record(error, KillTests.replay(number))
        throw error
      }
    }
  }
}
