import Foundation
import IssuerAPI
import TestSupport
import Testing

/// `issuerctl tunnel` with real programs behind it.
@Suite(.serialized)
struct TunnelTests {
  let deployment: Deployment

  init() throws { deployment = try Matrix.shared.get() }

  /// A tunnel that stands, and its address as it printed it.
  private struct Open {
    let process: ChildProcess
    let url: String
    let lease: Lease
  }

  private func open(_ arguments: [String], scope: String = "masked") throws -> Open {
    let before = Set(try deployment.client(.alice).leases().items.map(\.id))
    let process = try deployment.start(.alice, ["tunnel", scope, "--reason", "INC-4711"] + arguments)
    try eventually("the tunnel\n\(process.errors)") { process.output.hasSuffix("\n") || !process.isRunning }
    let url = process.output.trimmingCharacters(in: .newlines)
    let made = try deployment.client(.alice).leases().items.filter { !before.contains($0.id) && $0.scope == scope }
    return Open(process: process, url: url, lease: try #require(made.first, "\(process.errors)"))
  }

  /// psql as a stranger to the lease: no password, no file, any user.
  private func psql(_ url: String, _ statements: String...) throws -> ChildProcess {
    try ChildProcess(
      "psql", ["-X", "-q", "-At", "-w", "-v", "VERBOSITY=verbose", url] + statements.flatMap { ["-c", $0] },
      environment: ["PGUSER": "whoever", "PGPASSFILE": "/nonexistent"])
  }

  private func end(_ tunnel: Open, by signal: Int32 = SIGINT) throws -> ChildProcess.Result {
    tunnel.process.signal(signal)
    return try tunnel.process.wait(seconds: 30)
  }

  private func leaseIsOver(_ id: String) throws -> Bool { try deployment.client(.alice).lease(id).state != .active }

  @Test func `programs without a password share one lease, masked and on record`() throws {
    let tunnel = try open(["--port", "0"])
    #expect(tunnel.url.contains("sslmode=disable") && !tunnel.url.contains("password"))
    let sessions = try [psql(tunnel.url, "SELECT session_user, pg_sleep(0.5)"), psql(tunnel.url, "SELECT session_user")]
    for session in sessions {
      let ended = try session.wait()
      #expect(ended.output.hasPrefix(tunnel.lease.role), "\(ended.output)\(ended.errors)")
    }
    let shown = try psql(tunnel.url, "SELECT email FROM people WHERE id = 1", "COPY people TO STDOUT").wait()
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(!shown.output.contains("person1@") && shown.output.split(separator: "\n").count == 501)
    let big = try psql(
      tunnel.url, "SELECT sum(length(x)) FROM (SELECT 1) a, LATERAL repeat('y', 30000000) x", "SELECT repeat('z', 30000000)"
    ).wait()
    #expect(big.output.count == 30_000_000 + 10, "\(big.errors)")
    let other = try ChildProcess.run(
      "psql", ["-X", "-w", "-d", tunnel.url.replacing("/shop", with: "/stock"), "-c", "SELECT 1"])
    #expect(other.errors.contains("this tunnel leads to the database \"shop\""), "\(other.errors)")
    let ended = try end(tunnel)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try leaseIsOver(tunnel.lease.id))
  }

  @Test func `psycopg works through it, with TLS and GSS asked for and all`() throws {
    let tunnel = try open(["--port", "0"])
    let port = try #require(URL(string: tunnel.url)?.port)
    let script = """
      import psycopg, threading
      one, two = [psycopg.connect("sslmode=prefer", autocommit=True) for _ in range(2)]
      assert not one.pgconn.ssl_in_use
      assert one.execute("SELECT session_user").fetchone() == two.execute("SELECT session_user").fetchone()
      assert one.cursor(binary=True).execute("SELECT %b::bytea", [b"\\0"]).fetchone() == (b"\\0",)
      with one.pipeline():
          rows = [one.execute("SELECT %s::int", [n]) for n in range(50)]
      assert [row.fetchone()[0] for row in rows] == list(range(50))
      with one.transaction(force_rollback=True), one.cursor().copy("COPY scratch FROM STDIN") as copy:
          for n in range(20_000):
              copy.write_row(("tunnel", n, "x" * 200))
      done = threading.Event()
      def cancel():
          while not done.wait(0.2):
              one.cancel()
      thread = threading.Thread(target=cancel)
      thread.start()
      try:
          one.execute("SELECT pg_sleep(60)")
      except psycopg.errors.QueryCanceled:
          done.set()
          thread.join()
          print(one.execute("SELECT 'alive'").fetchone()[0])
      """
    let run = try ChildProcess.run(
      Binaries.python, ["-c", script],
      environment: ["PGHOST": "localhost", "PGPORT": String(port), "PGUSER": "me", "PGDATABASE": "shop"], seconds: 120)
    #expect(run.output == "alive\n", "\(run.output)\(run.errors)")
    #expect(try end(tunnel).status == 0)
  }

  @Test func `a cancel through the tunnel ends the query, not the session`() throws {
    let tunnel = try open(["--port", "0"])
    let session = try psql(tunnel.url, "SELECT pg_sleep(60)", "SELECT 'alive'")
    try eventually("the query to run") {
      try deployment.count(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state = 'active' AND query LIKE '%pg_sleep(60)%'",
        [tunnel.lease.role]) == 1
    }
    session.signal(SIGINT)
    let ended = try session.wait(seconds: 20)
    #expect(ended.errors.contains("57014"), "\(ended.errors)")
    #expect(try end(tunnel).status == 0)
  }

  @Test func `at the lease's end sessions and newcomers are told why, and the tunnel says so`() throws {
    let tunnel = try open(["--port", "0"])
    let busy = try psql(tunnel.url, "SELECT pg_sleep(50)")
    try eventually("the query to run") { try deployment.backends(of: tunnel.lease.role) == 1 }
    let revoked = try deployment.ctl(.dba, ["revoke", tunnel.lease.id, "--reason", "laptop lost"])
    #expect(revoked.status == 0, "\(revoked.errors)")
    let cut = try busy.wait(seconds: 20)
    #expect(cut.errors.contains("57P01") && cut.errors.contains("laptop lost"), "\(cut.errors)")
    try eventually("the tunnel to know") { tunnel.process.errors.contains("The lease is over") }
    let late = try psql(tunnel.url, "SELECT 1").wait()
    #expect(late.status == 2)
    #expect(late.errors.contains("the lease of this tunnel to masked is over"), "\(late.errors)")
    #expect(late.errors.contains("laptop lost"), "\(late.errors)")
    #expect(try end(tunnel).status == 0)
  }

  @Test func `one approval opens it for all, and who comes before is told to wait`() throws {
    let process = try deployment.start(.alice, ["tunnel", "reviewed", "--port", "0", "--reason", "INC-1"])
    try eventually("the request") { process.errors.contains("issuerctl approve") }
    let pending = try deployment.client(.alice).requests().items.filter { $0.scope == "reviewed" && $0.state == .requested }
    let request = try #require(pending.first)
    _ = try deployment.client(.bob).approve(request.id)
    try eventually("the tunnel") { process.output.hasSuffix("\n") }
    let url = process.output.trimmingCharacters(in: .newlines)
    for _ in 1...2 { #expect(try psql(url, "SELECT 1").wait().output == "1\n") }
    process.signal(SIGTERM)
    #expect(try process.wait(seconds: 30).status == 0)
    let lease = try #require(try deployment.client(.alice).request(request.id).lease)
    #expect(try leaseIsOver(lease.id))
  }

  @Test func `a denial is 3, and a port that is taken is told before anybody is asked`() throws {
    let denied = try deployment.start(.alice, ["tunnel", "reviewed", "--port", "0", "--reason", "INC-2"])
    try eventually("the request") { denied.errors.contains("issuerctl approve") }
    let pending = try deployment.client(.alice).requests().items.filter { $0.scope == "reviewed" && $0.state == .requested }
    _ = try deployment.client(.bob).deny(try #require(pending.first).id, comment: "not today")
    #expect(try denied.wait(seconds: 30).status == 3)

    let taken = try deployment.ctl(.alice, ["tunnel", "masked", "--port", String(deployment.proxyPort), "--reason", "x"])
    #expect(taken.status == 1)
    #expect(taken.errors.contains("cannot listen on"), "\(taken.errors)")
    #expect(try deployment.ctl(.alice, ["tunnel", "masked"]).status == 64)
  }

  @Test func `a socket in a directory of one's own serves as well`() throws {
    let directory = deployment.directory + "/people/alice/pg"
    let tunnel = try open(["--socket-dir", directory])
    #expect(tunnel.url == "postgresql:///shop?host=\(directory.replacing("/", with: "%2F"))&port=5432")
    #expect(try psql(tunnel.url, "SELECT 1").wait().output == "1\n")
    #expect(try end(tunnel, by: SIGTERM).status == 0)
    #expect(!FileManager.default.fileExists(atPath: directory + "/.s.PGSQL.5432"))
  }

  @Test func `the lease is renewed while the tunnel is open`() throws {
    let tunnel = try open(["--port", "0", "--for", "4s"])
    let first = try deployment.client(.alice).lease(tunnel.lease.id).deadline
    try eventually("a renewal") { try deployment.client(.alice).lease(tunnel.lease.id).deadline > first }
    #expect(try psql(tunnel.url, "SELECT 1").wait().output == "1\n")
    #expect(try end(tunnel).status == 0)
  }

  @Test(.enabled(if: getuid() == 0, "only root can be another user"))
  func `another user of the machine is not let in`() throws {
    let tunnel = try open(["--port", "0"])
    let script = "import os, sys; os.setuid(65534); os.execvp('psql', ['psql', '-X', '-w', sys.argv[1], '-c', 'SELECT 1'])"
    let run = try ChildProcess.run("python3", ["-c", script, tunnel.url], environment: ["PGUSER": "nobody"])
    #expect(run.status == 2)
    #expect(run.errors.contains("belongs to another user"), "\(run.errors)")
    #expect(try psql(tunnel.url, "SELECT 1").wait().output == "1\n")
    #expect(try end(tunnel).status == 0)
  }
}
