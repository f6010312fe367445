import Foundation
import PostgresClient
import TestSupport
import Testing

/// Limits, cancelling, and the ways a lease ends.
extension PagilaTests {
  @Test func `more rows than the limit are not sent, and the session goes on`() throws {
    let grant = try deployment.grant(.alice, "few-rows")
    let shown = try deployment.psql(grant, "\\set VERBOSITY verbose", "SELECT film_id FROM film", "SELECT count(*) FROM film")
    #expect(shown.errors.contains("53400"), "\(shown.errors)")
    #expect(shown.output.hasSuffix("1000\n"))
    let copied = try deployment.psql(grant, "\\set VERBOSITY verbose", "COPY film TO STDOUT", "SELECT 'alive'")
    #expect(copied.errors.contains("53400"), "\(copied.errors)")
    #expect(copied.output.split(separator: "\n").count <= 6)
    #expect(copied.output.hasSuffix("alive\n"))
  }

  @Test func `more statements a minute than the limit are refused, in both protocols`() throws {
    let connection = try deployment.connect(try deployment.grant(.alice, "few-statements"))
    var refused = 0
    for number in 1...12 {
      let state =
        number % 2 == 0
        ? Self.state { _ = try connection.query("SELECT 1") } : Self.state { try connection.execute(script: "SELECT 1") }
      if state == "53400" { refused += 1 } else { #expect(state == nil) }
    }
    #expect(refused == 4)
    #expect(connection.isOpen)
  }

  @Test func `an idle session is ended`() throws {
    let grant = try deployment.grant(.alice, "short-idle")
    let connection = try deployment.connect(grant)
    try connection.query("SELECT 1")
    try eventually("the idle session to end", seconds: 20) { try deployment.backends(of: grant.lease.role) == 0 }
    let state = Self.state { try connection.query("SELECT 1") }
    #expect(state?.hasPrefix("57P") == true || state?.hasPrefix("08") == true, "\(state ?? "still answered")")
    #expect(!connection.isOpen)
  }

  @Test func `Ctrl-C in psql and a cancel request end the query, not the session`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let psql = try deployment.startPsql(grant, ["-c", "SELECT pg_sleep(60)", "-c", "SELECT 'alive'"])
    try eventually("the query to run") { try Self.isRunning(deployment, "pg_sleep(60)", grant) }
    psql.signal(SIGINT)
    let ended = try psql.wait(seconds: 20)
    #expect(ended.errors.contains("canceling statement due to user request"), "\(ended.errors)")
    #expect(try deployment.backends(of: grant.lease.role) == 0)

    let connection = try deployment.connect(grant)
    let cancel = connection.canceller
    let thread = Thread {
      try? eventually("the query to run") { try Self.isRunning(self.deployment, "pg_sleep(61)", grant) }
      try? cancel()
    }
    thread.start()
    #expect(Self.state { _ = try connection.query("SELECT pg_sleep(61)") } == "57014")
    #expect(try connection.query("SELECT 2").single()[0] == "2")
  }

  private static func isRunning(_ deployment: Deployment, _ text: String, _ grant: Grant) throws -> Bool {
    try deployment.count(
      "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND query LIKE '%' || $2 || '%'",
      [grant.lease.role, text]) > 0
  }

  /// Ends the lease by `end` while a query runs, and proves the end.
  private func expectEnd(_ grant: Grant, reason: String, roleGoes: Bool = true, by end: () throws -> Void) throws {
    let busy = try deployment.startPsql(grant, ["-v", "VERBOSITY=verbose", "-c", "SELECT pg_sleep(50)", "-c", "SELECT 'after'"])
    let other = try deployment.connect(grant)
    try other.execute(script: "BEGIN; SELECT 1")
    try eventually("the query to run") { try Self.isRunning(deployment, "pg_sleep(50)", grant) }
    try end()
    // Asks without a pause until it is told the end, of which it may be told at once.
    var answered: String?
    var state: String?
    try eventually("the other session to end", seconds: 30) {
      state = Self.state { answered = try other.query("SELECT clock_timestamp()").single()[0] }
      return state != nil
    }
    #expect(state == "57P01" || state?.hasPrefix("08") == true, "\(state ?? "answered")")
    let ended = try busy.wait(seconds: 30)
    #expect(ended.status != 0)
    #expect(ended.errors.contains("57P01"), "\(ended.errors)")
    #expect(ended.errors.contains(reason), "\(ended.errors)")
    #expect(!ended.output.contains("after"))
    try eventually("the backends to go") { try deployment.backends(of: grant.lease.role) == 0 }
    // By the server's own clock and log: when it answered last, and when the last backend was gone.
    if let answered { #expect(try seconds(after: grant, [answered]) < 1, "answered after the end") }
    let gone = disconnections(of: grant)
    #expect(gone.count == 2, "\(gone)")
    #expect(try seconds(after: grant, gone) < 1, "a backend outlived the lease")
    if roleGoes { try eventually("the role to go") { try !deployment.roleExists(grant.lease.role) } }
    #expect(Self.state { _ = try deployment.connect(grant) } != nil, "a new login")
  }

  /// When the server's log says that sessions of the lease ended.
  private func disconnections(of grant: Grant) -> [String] {
    deployment.server.log.split(separator: "\n").filter { $0.contains("\(grant.lease.role)@") && $0.contains("disconnection:") }
      .map { String($0.prefix { $0 != "[" }) }
  }

  /// From the lease's end to the latest of these moments.
  private func seconds(after grant: Grant, _ moments: [String]) throws -> Double {
    let row = try deployment.truth(
      """
      SELECT extract(epoch FROM max(moment) - (SELECT least(deadline, disabled_at) FROM issuer.lease WHERE id = $1))
      FROM unnest($2::timestamptz[]) AS moment
      """, [grant.lease.id, PostgresArray.text(moments)], database: "issuer")
    return try #require(row.first?[0].flatMap(Double.init))
  }

  @Test func `at the deadline the query is cut, the backend goes, the role goes`() throws {
    let grant = try deployment.grant(.alice, "support-read", for: "4s")
    try expectEnd(grant, reason: "expired") {}
  }

  @Test func `a revoked lease ends at once, its sessions with it`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    try expectEnd(grant, reason: "laptop lost") {
      let done = try deployment.ctl(.alice, ["revoke", grant.lease.id, "--reason", "laptop lost"])
      #expect(done.status == 0, "\(done.errors)")
    }
    // Again is no error.
    #expect(try deployment.ctl(.alice, ["revoke", grant.lease.id]).status == 0)
    let listed = try deployment.ctl(.dba, ["leases", "--all", "--state", "dropped", "--format", "json"])
    #expect(listed.output.contains(grant.lease.id))
  }

  @Test func `an operator kills one session, and the lease goes on`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let (first, second) = (try deployment.connect(grant), try deployment.connect(grant))
    let sessions = try deployment.client(.dba).sessions(all: true).items.filter { $0.lease == grant.lease.id }
    #expect(sessions.count == 2)
    let killed = try deployment.ctl(.dba, ["kill", try #require(sessions.first).id, "--reason", "runaway"])
    #expect(killed.status == 0, "\(killed.errors)")
    try eventually("one backend to go") { try deployment.backends(of: grant.lease.role) == 1 }
    let states = [first, second].map { connection in Self.state { try connection.query("SELECT 1") } }
    #expect(states.count { $0 == nil } == 1, "\(states)")
    #expect(states.count { $0 == "57P01" || $0?.hasPrefix("08") == true } == 1, "\(states)")
    // Somebody else's is not for everybody to kill.
    #expect(try deployment.ctl(.ci, ["kill", sessions[1].id]).status != 0)
  }

  @Test func `renewing moves the deadline, no further than policy's ceiling`() throws {
    let grant = try deployment.grant(.alice, "support-read", for: "60s")
    let renewed = try deployment.ctl(.alice, ["renew", grant.lease.id, "--for", "1h", "--format", "json"])
    #expect(renewed.status == 0, "\(renewed.errors)")
    let lease = try deployment.client(.alice).lease(grant.lease.id)
    #expect(lease.deadline > grant.lease.deadline)
    let until = try deployment.truth(
      "SELECT rolvaliduntil > now() + interval '50 minutes' FROM pg_roles WHERE rolname = $1", [lease.role])
    #expect(until.first?[0] == "t")
    let far = try deployment.ctl(.alice, ["renew", grant.lease.id, "--for", "30d"])
    #expect(try deployment.client(.alice).lease(grant.lease.id).deadline <= lease.ceiling, "\(far.output)\(far.errors)")
  }

  @Test func `an idle client that vanishes is forgotten`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let psql = try deployment.startPsql(
      grant, ["-c", "SELECT 1", "-c", "\\! touch \(deployment.directory)/people/idle; exec sleep 300"])
    try eventually("psql to be idle") { FileManager.default.fileExists(atPath: deployment.directory + "/people/idle") }
    #expect(try deployment.backends(of: grant.lease.role) == 1)
    psql.signal(SIGKILL)
    try eventually("the session to be forgotten", seconds: 10) {
      let sessions = try deployment.client(.dba).sessions(all: true).items.filter { $0.lease == grant.lease.id }
      return try deployment.backends(of: grant.lease.role) == 0 && sessions.isEmpty
    }
  }

  @Test func `a client that goes away leaves no backend behind, in the middle of a query too`() throws {
    let grant = try deployment.grant(.alice, "support-read")
    let psql = try deployment.startPsql(grant, ["-c", "SELECT pg_sleep(300)"])
    try eventually("the query to run") { try Self.isRunning(deployment, "pg_sleep(300)", grant) }
    psql.signal(SIGKILL)
    try eventually("the backend to go", seconds: 10) { try deployment.backends(of: grant.lease.role) == 0 }
    let sessions = try deployment.client(.dba).sessions(all: true).items.filter { $0.lease == grant.lease.id }
    #expect(sessions.isEmpty)
  }
}
