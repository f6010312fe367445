import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

extension PagilaTests {
  @Test func `init twice is harmless, and the password that was typed opens nothing of the issuer's`() throws {
    let before = try String(contentsOfFile: deployment.policyPath, encoding: .utf8)
    try deployment.place.takeBack()
    let again = try deployment.place.initialise(["--event-trigger"])
    #expect(again.hbaLines == deployment.initialised.hbaLines)
    #expect(try String(contentsOfFile: deployment.policyPath, encoding: .utf8) == before)
    try deployment.place.giveAway()
    #expect(try deployment.ctl(.dba, ["status"]).status == 0)
    #expect(Self.state { _ = try deployment.server.connect(user: "issuer_admin", database: "issuer") } != nil)
    let rights = try deployment.truth(
      "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'issuer_admin'")
    #expect(rights.first.map { [$0[0], $0[1], $0[2], $0[3]] } == ["f", "t", "f", "f"])
    for database in ["pagila", "bench"] {
      #expect(
        try deployment.truth("SELECT evtname FROM pg_event_trigger", database: database).map { $0[0] } == ["iss_ddl_before"])
    }
  }

  @Test func `status tells of scopes, leases, proxies and checks`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let connection = try deployment.connect(grant)
    let shown = try deployment.ctl(.dba, ["status", "--format", "json"])
    #expect(shown.status == 0, "\(shown.errors)")
    let status = try JSONDecoder().decode(StatusReport.self, from: Data(shown.output.utf8))
    #expect(status.activeLeases >= 1 && status.sessions >= 1 && status.stuckLeases == 0)
    #expect(status.proxies.contains { $0.name == "proxy-1" && $0.connected }, "\(status.proxies)")
    #expect(!status.checks.contains { $0.outcome == .failed }, "\(status.checks)")
    #expect(try deployment.ctl(.alice, ["status"]).status == 3)
    #expect(connection.isOpen)
  }

  @Test func `the admin's password rotates under load, and everybody goes on`() throws {
    let grant = try deployment.grant(.alice, "bench")
    let load = try ChildProcess("pgbench", ["-n", "-c", "4", "-j", "2", "-T", "6"], environment: grant.environment)
    let verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = 'issuer_admin'"
    let before = try deployment.truth(verifier).first?[0]
    var roles: [String] = []
    for _ in 0..<3 {
      let rotated = try deployment.ctl(.dba, ["rotate", "admin"])
      #expect(rotated.status == 0, "\(rotated.errors)")
      let lease = try deployment.grant(.alice, "support-read")
      #expect(try deployment.psql(lease, "SELECT 1").output == "1\n")
      roles.append(lease.lease.role)
      #expect(try deployment.ctl(.alice, ["revoke", lease.lease.id]).status == 0)
    }
    #expect(try deployment.truth(verifier).first?[0] != before)
    let ended = try load.wait(seconds: 60)
    #expect(ended.status == 0 && ended.output.contains("number of failed transactions: 0"), "\(ended.errors)")
    for role in roles { try eventually("the role to go") { try !deployment.roleExists(role) } }
    #expect(try deployment.ctl(.alice, ["rotate", "admin"]).status == 3)
  }

  @Test func `a restart of both daemons loses no lease, and makes shadows anew that an older version had made otherwise`() throws
  {
    let grant = try deployment.grant(.alice, "support-read")
    _ = try deployment.truth("UPDATE iss.shadow SET source_digest = 'of an older version'", database: "pagila")
    #expect(try deployment.count("SELECT count(*) FROM iss.shadow_problems()", database: "pagila") > 0)
    try deployment.issuer.stop()
    try deployment.issuer.start()
    try deployment.awaitIssuer()
    #expect(try deployment.count("SELECT count(*) FROM iss.shadow_problems()", database: "pagila") == 0)
    try eventually("a login after the restart", seconds: 30) { try deployment.psql(grant, "SELECT 1").output == "1\n" }
    try deployment.proxy.stop()
    try deployment.proxy.start()
    try deployment.awaitProxy()
    try eventually("a login after the restart", seconds: 30) { try deployment.psql(grant, "SELECT 1").output == "1\n" }
    _ = try deployment.ctl(.alice, ["revoke", grant.lease.id])
    try eventually("the role to go") { try !deployment.roleExists(grant.lease.role) }
  }

  @Test func `a mask that the policy adds holds before the reload is answered`() throws {
    let old = try deployment.grant(.alice, "support-read")
    let session = try deployment.connect(old)
    #expect(try session.query("SELECT city FROM city WHERE city_id = 1").single()[0] == "A Corua (La Corua)")
    let before = try String(contentsOfFile: deployment.policyPath, encoding: .utf8)
    defer {
      try? before.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
      _ = try? deployment.ctl(.dba, ["policy", "reload"])
    }
    let changed = before.replacing(
      "public.address.phone: last4", with: "public.address.phone: last4\n      public.city.city: redact")
    try changed.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
    let reloaded = try deployment.ctl(.dba, ["policy", "reload"])
    #expect(reloaded.status == 0, "\(reloaded.errors)")
    // Sessions and leases from before are not told the raw value any more.
    let now = Result { try session.query("SELECT city FROM city WHERE city_id = 1").single()[0] }
    if case .success(let shown) = now { #expect(shown != "A Corua (La Corua)") }
    for grant in [old, try deployment.grant(.alice, "support-read")] {
      let shown = try deployment.psql(grant, "SELECT city FROM city WHERE city_id = 1")
      #expect(!shown.output.contains("Corua"), "\(shown.output)")
    }
    let fresh = try deployment.psql(
      try deployment.grant(.alice, "support-read"), "SELECT city IS NOT NULL FROM city WHERE city_id = 1")
    #expect(fresh.output == "t\n", "\(fresh.errors)")
  }

  @Test func `a reload of the policy ends no session, not one in a transaction, and holds for new ones`() throws {
    let few = try deployment.grant(.alice, "few-rows")
    let (session, old) = (try deployment.connect(try deployment.grant(.alice, "support-read")), try deployment.connect(few))
    _ = try session.query("BEGIN")
    let began = try session.query("SELECT now()::text").single()[0]
    let before = try String(contentsOfFile: deployment.policyPath, encoding: .utf8)
    defer {
      try? before.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
      _ = try? deployment.ctl(.dba, ["policy", "reload"])
    }
    try before.replacing("limits: {rowsMax: 5}", with: "limits: {rowsMax: 7}")
      .write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
    let reloaded = try deployment.ctl(.dba, ["policy", "reload"])
    #expect(reloaded.status == 0, "\(reloaded.errors)")
    let sixRows = "SELECT film_id FROM film LIMIT 6"
    #expect(try deployment.psql(few, sixRows).output.split(separator: "\n").count == 6)
    #expect(try session.query("SELECT now()::text").single()[0] == began, "the transaction goes on")
    _ = try session.query("COMMIT")
    // A session keeps the limits that it began with.
    #expect(throws: PostgresError.self) { try old.query(sixRows) }
    #expect(try old.query("SELECT film_id FROM film LIMIT 5").rows.count == 5)
  }

  @Test func `a policy that does not load changes nothing`() throws {
    let before = try String(contentsOfFile: deployment.policyPath, encoding: .utf8)
    defer { try? before.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8) }
    for broken in [
      "version: 1\n", "not: [yaml", before.replacing("guardrails: [read-only]", with: "guardrails: [no-such-rule]"),
    ] {
      try broken.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
      let reloaded = try deployment.ctl(.dba, ["policy", "reload"])
      #expect(reloaded.status == 1, "\(reloaded.output)")
      let grant = try deployment.grant(.alice, "support-read")
      let shown = try deployment.psql(grant, "SELECT email FROM customer WHERE customer_id = 1")
      #expect(shown.output.contains("***") && !shown.output.contains("@sakila"), "\(shown.output)\(shown.errors)")
    }
  }

  @Test func `a mask of a column that there is not closes the scope, and says so`() throws {
    let before = try String(contentsOfFile: deployment.policyPath, encoding: .utf8)
    defer {
      try? before.write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
      _ = try? deployment.ctl(.dba, ["policy", "reload"])
    }
    try before.replacing("public.customer.email: email", with: "public.customer.e_mail: email")
      .write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
    let reloaded = try deployment.ctl(.dba, ["policy", "reload"])
    #expect(reloaded.status == 1 && reloaded.output.contains("support-read"), "\(reloaded.output)\(reloaded.errors)")
    let why = try deployment.ctl(.dba, ["policy", "check", "--live"])
    #expect(why.output.contains("public.customer.e_mail"), "\(why.output)\(why.errors)")
    let asked = try deployment.ctl(.alice, ["grant", "support-read", "--reason", "INC-1"])
    #expect(asked.status != 0 && asked.errors.contains("public.customer.e_mail"), "\(asked.errors)")
  }

  @Test func `a token is good until it is revoked, and for its identity alone`() throws {
    let file = deployment.directory + "/people/spare-token"
    let made = try deployment.ctl(.dba, ["token", "create", "ci", "--for", "1h", "--output", file, "--format", "json"])
    #expect(made.status == 0, "\(made.errors)")
    struct Made: Decodable { var id: String }
    let id = try JSONDecoder().decode(Made.self, from: Data(made.output.utf8)).id
    let secret = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    deployment.remember(secret)
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let who = ["whoami", "--format", "json"]
    let use = ["ISSUER_TOKEN_FILE": file]
    #expect(try deployment.ctl(.ci, who, environment: use).output.contains("\"ci\""))
    #expect(try deployment.ctl(.ci, ["token", "create", "alice"], environment: use).status == 3)
    #expect(try deployment.ctl(.dba, ["token", "revoke", id]).status == 0)
    let after = try deployment.ctl(.ci, who, environment: use)
    #expect(after.status == 3, "\(after.status) \(after.errors)")
    // Without TLS, and with an authority that is not the issuer's, nothing is sent.
    #expect(try deployment.ctl(.ci, who, environment: ["ISSUER_URL": "http://localhost:\(deployment.apiPort)"]).status != 0)
    let stranger = deployment.directory + "/tls/stranger.crt"
    _ = try ChildProcess.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-keyout",
        "/dev/null", "-out", stranger,
      ])
    #expect(try deployment.ctl(.alice, who, environment: ["ISSUER_CA_FILE": stranger]).status == 5)
  }

  @Test func `after a sweep nothing is stuck, and ledger and roles agree`() throws {
    let swept = try deployment.ctl(.dba, ["sweep", "--format", "json"])
    #expect(swept.status == 0, "\(swept.errors)")
    let report = try JSONDecoder().decode(SweepReport.self, from: Data(swept.output.utf8))
    #expect(report.stuck.isEmpty)
    // Ledger and roles agree.
    let orphans = try deployment.count(
      "SELECT count(*) FROM pg_roles r WHERE r.rolname LIKE 'jit\\_%' AND NOT EXISTS (SELECT FROM pg_shdescription d WHERE d.objoid = r.oid)"
    )
    #expect(orphans == 0)
    let active = try deployment.client(.dba).leases(state: .active, all: true).items.map(\.role)
    let roles = try deployment.truth("SELECT rolname FROM pg_roles WHERE rolname LIKE 'jit\\_%'").compactMap { $0[0] }
    #expect(Set(active).subtracting(roles).isEmpty)
  }
}
