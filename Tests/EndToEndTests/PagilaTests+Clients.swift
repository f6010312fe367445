import Foundation
import TestSupport
import Testing

/// Programs: pgbench and psycopg.
extension PagilaTests {
  @Test(arguments: ["simple", "extended", "prepared"])
  func `pgbench runs through the proxy in every protocol mode`(mode: String) throws {
    let grant = try deployment.grant(.alice, "bench")
    let before = try deployment.count("SELECT count(*) FROM pgbench_history", database: "bench")
    let run = try ChildProcess.run(
      "pgbench", ["-n", "-M", mode, "-c", "4", "-j", "2", "-t", "50"], environment: grant.environment, seconds: 120)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("number of transactions actually processed: 200/200"), "\(run.output)")
    #expect(run.output.contains("number of failed transactions: 0"), "\(run.output)")
    #expect(try deployment.count("SELECT count(*) FROM pgbench_history", database: "bench") == before + 200)
  }

  @Test func `psycopg reads and writes with text and binary parameters, cursors on the server, pipelines and COPY`() throws {
    let grant = try deployment.grant(.alice, "desk")
    let run = try deployment.python("psycopg_client.py", grant: grant)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasSuffix("ok\n"), "\(run.output)")
  }

  @Test func `a lease says which session it is, with channel binding and without`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    for binding in ["require", "disable"] {
      let shown = try deployment.psql(
        Grant(
          request: grant.request, lease: grant.lease, connection: grant.connection, passwordFile: grant.passwordFile,
          authority: grant.authority), "SELECT current_user")
      #expect(shown.output == grant.lease.role + "\n")
      let connection = try deployment.connect(grant, ["channel_binding": binding])
      #expect(try connection.query("SELECT session_user").single()[0] == grant.lease.role)
    }
  }
}
