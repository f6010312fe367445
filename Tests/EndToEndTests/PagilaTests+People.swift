import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

/// Asking, approving, running, delivering.
extension PagilaTests {
  private func ask(_ scope: String) throws -> String {
    let asked = try deployment.ctl(.alice, ["grant", scope, "--reason", "INC-7", "--no-wait"])
    #expect(asked.status == 6, "\(asked.errors)")
    return asked.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func `a request waits until somebody else approves it`() throws {
    let request = try ask("staff-write")
    let own = try deployment.ctl(.alice, ["approve", request])
    #expect(own.status == 3, "\(own.errors)")
    #expect(try deployment.ctl(.ci, ["approve", request]).status == 3)
    #expect(try deployment.ctl(.alice, ["grant", "--request", request, "--no-wait"]).status == 6)
    let listed = try deployment.ctl(.bob, ["requests", "--format", "json"])
    #expect(listed.output.contains(request))
    #expect(try deployment.ctl(.bob, ["approve", request, "--comment", "on the phone"]).status == 0)
    let grant = try deployment.grant(.alice, ["--request", request])
    #expect(try deployment.psql(grant, "SELECT 1").output == "1\n")
    // Nobody else picks it up.
    #expect(try deployment.ctl(.ci, ["grant", "--request", request]).status != 0)
  }

  @Test func `grant waits while the approval is pending`() throws {
    let waiting = try deployment.start(.alice, ["grant", "staff-write", "--reason", "INC-8 waits", "--format", "json"])
    var request: AccessRequest?
    try eventually("the request to show") {
      request = try deployment.client(.bob).requests().items.first { $0.reason == "INC-8 waits" }
      return request != nil
    }
    #expect(waiting.isRunning)
    #expect(try deployment.ctl(.bob, ["approve", try #require(request).id]).status == 0)
    let ended = try waiting.wait(seconds: 20)
    #expect(ended.status == 0, "\(ended.errors)")
    let granted = try JSONDecoder().decode(AccessRequest.self, from: Data(ended.output.utf8))
    deployment.remember(try #require(granted.connection).password)
  }

  @Test func `every seat of a quorum wants another person`() throws {
    let request = try ask("raw")
    #expect(try deployment.ctl(.bob, ["approve", request]).status == 0)
    _ = try deployment.ctl(.bob, ["approve", request])
    #expect(try deployment.ctl(.alice, ["grant", "--request", request, "--no-wait"]).status == 6)
    #expect(try deployment.client(.dba).leases(all: true).items.filter { $0.requestID == request }.isEmpty)
    #expect(try deployment.ctl(.carol, ["approve", request]).status == 0)
    let grant = try deployment.grant(.alice, ["--request", request])
    let shown = try deployment.psql(grant, "SELECT count(*) FROM customer WHERE email LIKE '%@%.org' AND last_name = 'SMITH'")
    #expect(shown.output == "1\n", "a scope that says unmasked reads the table")
  }

  @Test func `a denied request is over, and says why`() throws {
    let waiting = try deployment.start(.alice, ["grant", "staff-write", "--reason", "INC-9 no"])
    var request: AccessRequest?
    try eventually("the request to show") {
      request = try deployment.client(.bob).requests().items.first { $0.reason == "INC-9 no" }
      return request != nil
    }
    #expect(try deployment.ctl(.bob, ["deny", try #require(request).id, "--comment", "use desk"]).status == 0)
    let ended = try waiting.wait(seconds: 20)
    #expect(ended.status == 3)
    #expect(ended.errors.contains("use desk"), "\(ended.errors)")
    #expect(try deployment.ctl(.bob, ["approve", request!.id]).status != 0)
  }

  @Test func `policy explain --live tells the text that the proxy forwards, to operators and auditors`() throws {
    struct Explained: Decodable {
      struct Statement: Decodable { var maskedColumns: [String] }
      var verdict: String
      var translation: String?
      var statements: [Statement]
    }
    let sql =
      "SELECT customer_id, last_name, count(*) FROM customer JOIN rental USING (customer_id) GROUP BY customer.customer_id "
      + "HAVING last_name > '' ORDER BY email, customer_id LIMIT 3"
    func explain(_ person: Person) throws -> ChildProcess.Result {
      try deployment.ctl(
        person,
        ["policy", "explain", "support-read", "--live", "--sql", sql, "--file", deployment.policyPath, "--format", "json"])
    }
    let told = try explain(.dba)
    #expect(told.status == 0, "\(told.errors)")
    let explained = try JSONDecoder().decode(Explained.self, from: Data(told.output.utf8))
    #expect(explained.verdict == "approved")
    #expect(
      explained.statements.first?.maskedColumns == [
        "public.customer.email: email, by public.customer.email: email",
        "public.customer.last_name: partial, by public.customer.last_name: partial",
      ])
    // What it tells can be run: it names the shadow and gives what the lease gets.
    let translation = try #require(explained.translation)
    let rows = try deployment.truth(translation, database: "pagila").map { "\($0[0] ?? "")|\($0[1] ?? "")|\($0[2] ?? "")" }
    let shown = try deployment.psql(deployment.grant(.alice, "support-read"), sql)
    #expect(rows.count == 3)
    #expect(shown.output.split(separator: "\n").map(String.init) == rows, "\(shown.errors) \(translation)")
    #expect(try explain(.alice).status == 3)
  }

  @Test func `what policy does not offer is refused with the reason`() throws {
    for (arguments, code) in [
      (["grant", "ci-direct", "--reason", "x"], Int32(3)), (["grant", "support-read", "--for", "9h", "--reason", "x"], 3),
      (["grant", "support-read"], 3), (["grant", "no-such-scope", "--reason", "x"], 4),
      (["grant", "support-read", "--delivery", "direct", "--reason", "x"], 3),
    ] {
      let asked = try deployment.ctl(.alice, arguments)
      #expect(asked.status == code || (code == 4 && asked.status == 3), "\(arguments): \(asked.status) \(asked.errors)")
      #expect(asked.errors.contains("next:"), "\(arguments): \(asked.errors)")
      #expect(asked.output == "")
    }
  }

  @Test func `run gives a command what it needs, and takes it away when it ends`() throws {
    let script = """
      psql -XAtc "SELECT current_user, count(*) FROM film"; echo "$PGPASSFILE"; stat -c %a "$PGPASSFILE"
      test -z "$PGPASSWORD"; echo "$?"; exit 7
      """
    let run = try deployment.ctl(.ci, ["run", "ci-direct", "--", "bash", "-c", script])
    #expect(run.status == 7, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 4, "\(run.output)\(run.errors)")
    let role = String(try #require(lines.first).split(separator: "|")[0])
    #expect(lines[0].hasSuffix("|1000") && role.hasPrefix("jit_ci_"))
    #expect(lines[2] == "600" && lines[3] == "0")
    #expect(!FileManager.default.fileExists(atPath: lines[1]))
    try eventually("the role to go") { try !deployment.roleExists(role) }
    let byProxy = try deployment.ctl(
      .ci, ["run", "bench", "--password-env", "--", "bash", "-c", "psql -XAtc 'SELECT 1' \"$DATABASE_URL\""])
    #expect(byProxy.status == 0 && byProxy.output == "1\n", "\(byProxy.errors)")
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func `run hands signals on, and revokes`(signal: Int32) throws {
    let mark = "\(deployment.directory)/people/ci/role-\(signal)"
    let run = try deployment.start(
      .ci, ["run", "bench", "--", "bash", "-c", "echo $PGUSER > \(mark); exec sleep 100"])
    var role = ""
    try eventually("the command to run") {
      role = ((try? String(contentsOfFile: mark, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
      return !role.isEmpty
    }
    #expect(try deployment.roleExists(role))
    run.signal(signal)
    #expect(try run.wait(seconds: 20).status == 128 + signal)
    try eventually("the role to go") { try !deployment.roleExists(role) }
  }

  @Test func `a direct delivery is handed out once, works at the database, and nowhere else`() throws {
    let grant = try deployment.grant(.ci, ["ci-direct", "--reason", "deploy"])
    #expect(grant.connection.port == deployment.server.port)
    let shown = try deployment.psql(
      grant, "SELECT first_name, email FROM customer WHERE customer_id = 1", "SELECT count(*) FROM film")
    #expect(shown.output.hasSuffix("1000\n") && !shown.output.contains("@sakila"), "\(shown.output)\(shown.errors)")
    let again = try deployment.ctl(.ci, ["grant", "--request", grant.request.id])
    #expect(again.status != 0 && again.output == "", "\(again.output)")
    #expect(throws: (any Error).self) { try deployment.client(.ci).credential(grant.request.id) }
    #expect(Self.state { _ = try deployment.connect(grant, ["port": String(deployment.proxyPort)]) } != nil)
    _ = try deployment.ctl(.ci, ["revoke", grant.lease.id])
    try eventually("the role to go") { try !deployment.roleExists(grant.lease.role) }
  }

  @Test func `the secret of a proxied lease opens nothing at the database`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let direct = Self.state { _ = try deployment.connect(grant, ["port": String(deployment.server.port)]) }
    #expect(direct == "28P01" || direct == "28000" || direct == "08006" || direct == "08001", "\(direct ?? "let in")")
    #expect(try deployment.psql(grant, "SELECT 1").output == "1\n")
  }

  @Test func `a wrong secret, a wrong role and a wrong database are told alike`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let parameters = ConnectionParameters(
      [
        "host": "localhost", "port": String(deployment.proxyPort), "user": grant.lease.role, "dbname": "pagila",
        "sslmode": "verify-full", "sslrootcert": deployment.authority,
      ])
    for keywords in [
      ["user": grant.lease.role], ["user": "jit_alice_nosuchrole"], ["user": "postgres"], ["user": "issuer_admin"],
    ] {
      let state = Self.state {
        _ = try PostgresConnection(parameters.with(keywords)) { use in try use(Array("wrong".utf8).span) }
      }
      #expect(state != nil && state != "42501", "\(keywords): \(state ?? "let in")")
    }
    #expect(Self.state { _ = try deployment.connect(grant, ["dbname": "bench"]) } != nil)
    #expect(Self.state { _ = try deployment.connect(grant, ["dbname": "issuer"]) } != nil)
    #expect(Self.state { _ = try deployment.connect(grant, ["sslmode": "disable"]) } != nil)
    #expect(Self.state { _ = try deployment.connect(grant, ["replication": "database"]) } != nil)
  }
}
