import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

/// Every role may set itself a password: what keeps a lease behind the proxy is pg_hba.conf.
extension PagilaTests {
  /// A login with a password that the lease has chosen, by each way to the server.
  private func directLogins(_ grant: Grant, password: String) -> [String?] {
    let server = deployment.server
    return [
      ["sslmode": "verify-full", "sslrootcert": deployment.authority, "host": "localhost"], ["sslmode": "disable"],
      ["host": server.directory],
    ].map { keywords in
      Self.state {
        let connection = try server.connect(user: grant.lease.role, password: password, database: "bench", keywords)
        try connection.query("SELECT count(*) FROM pgbench_branches")
      }
    }
  }

  private func bypass() throws -> StatusReport.Check {
    let shown = try deployment.ctl(.dba, ["status", "--format", "json"])
    let status = try JSONDecoder().decode(StatusReport.self, from: Data(shown.output.utf8))
    return try #require(status.checks.first { $0.name == "a proxy lease cannot log in past the proxy" })
  }

  private static let chosen = "chosen-by-the-lease-itself"
  /// The parser sees no ALTER ROLE in it.
  private static let block = "DO $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER PASSWORD QUOTE'; END $$"
    .replacing("QUOTE", with: "''\(chosen)''")

  @Test func `a lease that sets itself a password comes past the proxy by no way`() throws {
    let grant = try deployment.grant(.alice, "bench")
    let session = try deployment.connect(grant)
    let password = Self.chosen
    // In plain words the proxy refuses it, in a scope without guardrails as well.
    #expect(Self.state { try session.execute(script: "ALTER ROLE CURRENT_USER PASSWORD '\(password)'") } == "42501")
    try session.execute(script: Self.block)
    // It has one now: the same login, but for pg_hba.conf, would do.
    #expect(
      try deployment.truth("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [grant.lease.role]).first?[0]?
        .contains("$4096:") == true)
    #expect(directLogins(grant, password: password) == ["28000", "28000", "28000"])
    #expect(try session.query("SELECT count(*) FROM pgbench_branches").single()[0] == "1")
    // Who leaves the password alone goes on coming by the proxy.
    #expect(try deployment.psql(try deployment.grant(.alice, "bench"), "SELECT 1").output == "1\n")
  }

  @Test func `status proves that the lines of pg_hba.conf hold, and sees when they are gone`() throws {
    let grant = try deployment.grant(.alice, "bench")
    let session = try deployment.connect(grant)
    let password = Self.chosen
    try session.execute(script: Self.block)
    let proved = try bypass()
    #expect(proved.outcome == .ok, "\(proved.message)")

    let path = deployment.server.directory + "/data/pg_hba.conf"
    let before = try String(contentsOfFile: path, encoding: .utf8)
    func put(_ text: String) throws {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data(text.utf8))
      try file.close()
      try Blueprint.psql(deployment.server, "postgres", ["-c", "SELECT pg_reload_conf()"])
    }
    try put(before.split(separator: "\n").filter { !$0.contains("+iss_via_proxy") }.joined(separator: "\n") + "\n")
    defer { try? put(before) }
    // The test itself can tell: without the lines the lease gets in.
    try eventually("the lease to get in directly") { directLogins(grant, password: password) == [nil, nil, nil] }
    let missed = try bypass()
    #expect(missed.outcome == .failed && missed.next.contains("pg_hba.conf"), "\(missed.message)")
    #expect(try deployment.ctl(.dba, ["status"]).status == 1)
    try put(before)
    try eventually("the lines to hold again") { try bypass().outcome == .ok }
  }
}
