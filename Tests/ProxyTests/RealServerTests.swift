import Foundation
import IssuerAPI
import Policy
import PostgresClient
import Proxy
import SQLAnalysis
import TestSupport
import Testing

/// The whole proxy over real sockets, between real clients and a real server with TLS on both sides.
@Suite struct RealServerTests {
  static let server = Result { try PostgresServer(tls: true) }

  private func world(
    _ policy: SessionPolicy = ProxyWorld.openPolicy, remainingMilliseconds: Int = 3_600_000, grants: [String] = [],
    limits: (inout ProxyConfiguration) -> Void = { _ in }
  ) throws -> ProxyWorld {
    try ProxyWorld(
      Self.server.get(), policy: policy, remainingMilliseconds: remainingMilliseconds, grants: grants, limits: limits)
  }

  private static func guarded(limits: SessionLimits = SessionLimits()) -> SessionPolicy {
    SessionPolicy(
      scope: "test",
      guardrails: [
        Guardrail(
          rule: "no-drops", classes: [.drop, .deleteWithoutWhere], action: .refuse, reason: "it destroys",
          next: "ask for migrations")
      ], limits: limits, maskedTables: [], recordsParameters: true)
  }

  // MARK: Relay

  @Test func `psql gets its answer over TLS with channel binding, and the session is on record`() throws {
    let world = try world()
    let result = try world.psql(["SELECT 1 + 1", "SELECT current_user = session_user"], "channel_binding=require")
    #expect(result.output == "2\nt\n")
    #expect(result.errors == "")
    try eventually("the session's end on record") { world.audit.contains("session_closed") }
    #expect(world.audit.contains("SELECT 1 + 1"))
    #expect(world.audit.contains(#""person":"alice""#))
    try eventually("the backend's end") { try world.backends() == 0 }
    try eventually("the end at the issuer") { world.issuer.ended["session-1"] == "client left" }
  }

  @Test func `the unix socket serves without TLS`() throws {
    let world = try world()
    let result = try ChildProcess.run(
      "psql", ["-X", "-At", "host=\(world.directory) port=6432 user=\(world.role) dbname=postgres", "-c", "SELECT 5"],
      environment: ["PGPASSWORD": world.secret])
    #expect(result.output == "5\n")
  }

  @Test func `a client without TLS on a TCP address is refused with the reason`() throws {
    let world = try world()
    let result = try world.psql(["SELECT 1"], sslMode: "disable")
    #expect(result.errors.contains("TLS"))
    #expect(result.status == 2)
  }

  @Test(arguments: ["simple", "extended", "prepared"]) func `pgbench runs`(mode: String) throws {
    let world = try world(Self.guarded())
    let script = world.directory + "/script.sql"
    try "\\set n random(1, 1000)\nSELECT :n + g, repeat('x', :n) FROM generate_series(1, 3) g;\n".write(
      toFile: script, atomically: true, encoding: .utf8)
    let result = try ChildProcess.run(
      "pgbench", ["-n", "-M", mode, "-c", "4", "-j", "2", "-t", "50", "-f", script, world.connection()],
      environment: ["PGPASSWORD": world.secret])
    #expect(result.output.contains("number of transactions actually processed: 200/200"))
    #expect(result.output.contains("number of failed transactions: 0"))
    try eventually("200 outcomes on record") { world.audit.components(separatedBy: #""kind":"outcome""#).count - 1 == 200 }
  }

  @Test func `COPY goes in and out, and a failing one leaves the session in order`() throws {
    let world = try world(Self.guarded())
    let rows = (1...20_000).map { "\($0)\tline \($0)" }.joined(separator: "\n") + "\n"
    let result = try world.psql(
      ["CREATE TEMP TABLE t (id int PRIMARY KEY, line text)", "COPY t FROM STDIN", "SELECT count(*), sum(id) FROM t"], input: rows
    )
    #expect(result.output.contains("20000|200010000"))
    let out = try world.psql(["COPY (SELECT g, repeat('y', 1000) FROM generate_series(1, 20000) g) TO STDOUT"])
    #expect(out.output.utf8.count > 20_000_000)
    let failing = try world.psql(
      ["CREATE TEMP TABLE t (id int)", "COPY t FROM STDIN", "SELECT 'after'"], input: "1\nnot a number\n3\n")
    #expect(failing.errors.contains("22P02"))
    #expect(failing.output.contains("after"))
  }

  @Test func `a value of 200 MB arrives whole, and memory stays bounded for a client that does not read`() throws {
    let world = try world()
    let result = try world.psql([
      "SELECT md5(v) = md5(repeat('abcdefgh', 12500000)), length(v) FROM (SELECT repeat('abcdefgh', 12500000) v) s"
    ])
    #expect(result.output == "t|100000000\n")
    let large = try world.psqlProcess([
      "\\o /dev/null", "SELECT repeat('z', 200000000)", "SELECT g, repeat('w', 100) FROM generate_series(1, 500000) g",
    ])
    #expect(try large.wait().status == 0)
  }

  // MARK: Cancel

  @Test func `a client cancels its query with the proxy's key, and the session goes on`() throws {
    let world = try world()
    let connection = try world.connect()
    let canceller = connection.canceller
    let thread = Thread {
      try? eventually("the query runs") { try world.running("pg_sleep") == 1 }
      try? canceller()
    }
    thread.start()
    let error = #expect(throws: PostgresError.self) { try connection.query("SELECT pg_sleep(60)") }
    #expect(error?.sqlState.code == "57014")
    #expect(try connection.query("SELECT 'goes on' AS a").single().string("a") == "goes on")
  }

  @Test func `a client that is killed in the middle of a query takes its backend along`() throws {
    let world = try world()
    let process = try world.psqlProcess(["SELECT pg_sleep(60)"])
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    process.signal(SIGKILL)
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  @Test func `a client that ends its sending side still gets all answers`() throws {
    let world = try world()
    let result = try world.raw(Self.halfClose)
    #expect(result.output.contains("half-closed and answered"), "\(result.errors)")
  }

  // MARK: Guardrails

  @Test func `a refusal is an error with rule, reason and next step, and the session goes on`() throws {
    let world = try world(Self.guarded())
    let result = try world.psql(["DROP TABLE users", "SELECT 'goes on'"])
    #expect(result.errors.contains("42501"))
    #expect(result.errors.contains("no-drops"))
    #expect(result.errors.contains("ask for migrations"))
    #expect(result.output == "goes on\n")
    #expect(world.audit.contains(#""verdict":"refused""#))
  }

  @Test func `a refusal in a transaction block fails the block as PostgreSQL would`() throws {
    let world = try world(Self.guarded())
    let result = try world.psql([
      "BEGIN", "CREATE TEMP TABLE t (a int)", "DROP TABLE t", "SELECT 1", "ROLLBACK", "SELECT 'fresh'",
    ])
    #expect(result.errors.contains("42501"))
    #expect(result.errors.contains("25P02"))
    #expect(result.output.hasSuffix("ROLLBACK\nfresh\n"))
  }

  @Test func `one refused statement of several in a message stops the whole message`() throws {
    let world = try world(Self.guarded())
    let result = try world.psql(["SELECT 'first'; DROP TABLE a; SELECT 'last'"])
    #expect(result.output == "")
    #expect(result.errors.contains("no-drops"))
  }

  @Test func `what the parser does not understand is refused with its position`() throws {
    let world = try world(Self.guarded())
    let result = try world.psql(["SELECT 1 FRUM x WHERE"])
    #expect(result.errors.contains("42601"))
    #expect(result.errors.contains("LINE 1"))
  }

  @Test func `a large text is judged away from the loop, and a huge one refused unread`() throws {
    let world = try world(Self.guarded())
    let numbers = (1...20_000).map(String.init).joined(separator: ",")
    let result = try world.psql(
      [], input: "SELECT cardinality(ARRAY[\(numbers)]);\nDELETE FROM t /* \(String(repeating: "x", count: 50_000)) */;\n")
    #expect(result.output == "20000\n")
    #expect(result.errors.contains("no-drops"))
    let huge = try world.psql([], input: "SELECT '\(String(repeating: "x", count: 2 << 20))';\nSELECT 'after';\n")
    #expect(huge.errors.contains("54000"))
    #expect(huge.output == "after\n")
  }

  @Test func `settings that change how texts are read are refused`() throws {
    let world = try world(Self.guarded())
    let encoding = try world.psql(["SELECT 1"], "client_encoding=SJIS")
    #expect(encoding.errors.contains("client_encoding UTF8"))
    let strings = try world.psql(["SET standard_conforming_strings = off", "SELECT 'after'"])
    #expect(strings.errors.contains("42501"))
    #expect(strings.output == "after\n")
  }

  // MARK: Limits

  @Test func `rows, statements a minute and a statement's time are limited, and the session goes on`() throws {
    let world = try world(Self.guarded(limits: SessionLimits(rowsMax: 10, statementSecondsMax: 1)))
    let result = try world.psql(["SELECT g FROM generate_series(1, 11) g", "SELECT 'a'", "SELECT pg_sleep(30)", "SELECT 'b'"])
    #expect(result.output.hasSuffix("b\n"))
    #expect(result.output.contains("a\n"))
    #expect(result.errors.contains("57014"))
    let often = try self.world(Self.guarded(limits: SessionLimits(statementsPerMinuteMax: 2)))
    let third = try often.psql(["SELECT 1", "SELECT 2", "SELECT 3"])
    #expect(third.output == "1\n2\n")
    #expect(third.errors.contains("53400"))
  }

  @Test func `an idle session is ended with 57P05`() throws {
    let world = try world(Self.guarded(limits: SessionLimits(idleSecondsMax: 1)))
    let result = try world.psql(["SELECT 1", "\\! sleep 2", "SELECT 2"])
    #expect(result.output == "1\n")
    #expect(result.errors.contains("idle for 1 s"))
  }

  // MARK: The end of a lease

  @Test func `at the deadline the running query is cancelled, the client told, and the backend gone`() throws {
    let world = try world(remainingMilliseconds: 4000)
    let result = try world.psql(["SELECT pg_sleep(60)"])
    #expect(result.errors.contains("57P01"))
    #expect(result.errors.contains("the lease has expired"))
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  @Test func `a revocation cuts running and idle sessions with its reason`() throws {
    let world = try world()
    let running = try world.psqlProcess(["SELECT pg_sleep(60)"])
    let pause = PsqlPause(in: world.directory)
    let idle = try world.psqlProcess(["SELECT 1", pause.command, "SELECT 2"])
    try pause.begun()
    try eventually("the query runs") { try world.running("pg_sleep") == 1 }
    world.issuer.send(.leaseEnded(lease: world.lease, reason: "revoked by bob: enough"))
    try eventually("the backends' end") { try world.backends() == 0 }
    try pause.end()
    #expect(try running.wait().errors.contains("revoked by bob: enough"))
    #expect(try idle.wait().errors.contains("revoked by bob: enough"))
    let late = try world.psql(["SELECT 1"])
    #expect(late.errors.contains("revoked by bob: enough"))
  }

  @Test func `a terminated backend's client hears why the lease ended, or else what the server says`() throws {
    let world = try world()
    let told = try world.psqlProcess(["SELECT pg_sleep(60)"])
    try eventually("it runs") { try world.running("pg_sleep") == 1 }
    try world.terminate()
    world.issuer.send(.leaseEnded(lease: world.lease, reason: "revoked by bob: enough"))
    #expect(try told.wait().errors.contains("revoked by bob: enough"))

    let other = try self.world()
    let untold = try other.psqlProcess(["SELECT pg_sleep(60)"])
    try eventually("it runs") { try other.running("pg_sleep") == 1 }
    try other.terminate()
    #expect(try untold.wait().errors.contains("due to administrator command"))
  }

  // MARK: The issuer

  @Test func `without a lease the error names the command that asks for one`() throws {
    let world = try world()
    #expect(try world.psql(["SELECT 1"], secret: "wrong").errors.contains("issuerctl grant"))
    #expect(try world.psql(["SELECT 1"], user: "nobody").errors.contains("issuerctl grant"))
  }

  @Test func `without the issuer new logins are refused, and sessions that run go on`() throws {
    let world = try world()
    let pause = PsqlPause(in: world.directory)
    let process = try world.psqlProcess(["SELECT 1", pause.command, "SELECT 'still here'"])
    try pause.begun()
    world.issuer.setReachable(false)
    let refused = try world.psql(["SELECT 1"])
    #expect(refused.errors.contains("the issuer cannot be reached"))
    try pause.end()
    #expect(try process.wait().output.contains("still here"))
  }

  // MARK: The process

  @Test func `health, readiness and metrics are told over HTTP`() throws {
    let world = try world()
    _ = try world.psql(["SELECT 1"])
    let base = "http://127.0.0.1:\(world.service.healthAddress!.port)"
    #expect(try ChildProcess.run("curl", ["-s", base + "/healthz"]).output == "ok\n")
    try eventually("ready") { try ChildProcess.run("curl", ["-s", base + "/readyz"]).output == "ready\n" }
    #expect(try ChildProcess.run("curl", ["-s", base + "/metrics"]).output.contains("issuer_proxy_logins_total 1\n"))
    world.issuer.setReachable(false)
    try eventually("not ready") {
      try ChildProcess.run("curl", ["-s", "-w", "%{http_code}", base + "/readyz"]).output.contains("503")
    }
  }

  @Test func `a stop ends idle sessions with a reason, and leaves no backend`() throws {
    let world = try world()
    let pause = PsqlPause(in: world.directory)
    let process = try world.psqlProcess(["SELECT 1", pause.command, "SELECT 2"])
    try pause.begun()
    world.service.stop()
    try pause.end()
    #expect(try process.wait().errors.contains("shutting down"))
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  /// Sends two queries, ends the sending side, and expects all answers.
  private static let halfClose = """
    send(b'Q', b'SELECT pg_sleep(0.5), 1\\0')
    send(b'Q', b'SELECT 2\\0')
    s.shutdown(socket.SHUT_WR)
    ready = 0
    while ready < 2:
      if message()[0] == b'Z': ready += 1
    print('half-closed and answered')
    """
}
