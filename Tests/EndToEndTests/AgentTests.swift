import Foundation
import IssuerAPI
import TestSupport
import Testing

/// The worked example: an MCP server with just-in-time access (docs/agents.md, examples/mcp).
@Suite(.serialized, .enabled(if: Pagila.folder != nil, "Pagila is in ../shared/data, which a plain clone has not"))
struct AgentTests {
  let deployment: Deployment

  init() throws { deployment = try Pagila.deployment() }

  /// Of a lease that may be over.
  private func newestLease(_ scope: String) throws -> (id: String, role: String) {
    let rows = try deployment.truth(
      "SELECT id, role_name FROM issuer.lease WHERE scope = $1 ORDER BY issued_at DESC LIMIT 1", [scope], database: "issuer")
    return (try #require(rows[0][0]), try #require(rows[0][1]))
  }

  /// examples/mcp/mcp.json with this deployment's place, issuerctl and server.
  private func configuration() throws -> String {
    let example = Binaries.packageRoot.appendingPathComponent("examples/mcp/mcp.json")
    var text = try String(contentsOf: example, encoding: .utf8)
    for (from, to) in [
      (#""issuerctl""#, "\"\(Binaries.path("issuerctl"))\""), (#""agent-read""#, #""support-read""#),
      (#""mcp-alchemy""#, "\"\(Binaries.mcp("mcp-alchemy"))\""),
      (
        #""ISSUER_URL": "https://issuer.example:8443""#,
        deployment.environment(.alice).map { "\"\($0)\": \"\($1)\"" }.joined(separator: ",")
      ),
      (#","# + "\n" + #"        "ISSUER_TOKEN_FILE": "/home/ada/.config/issuer/agent.token""#, ""),
    ] {
      #expect(text.contains(from))
      text = text.replacing(from, with: to)
    }
    let path = deployment.directory + "/people/alice/mcp.json"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func `an MCP server gets in without a secret, sees masks, is refused writes, and leaves a record and no role`() throws {
    let statements = [
      "SELECT customer_id, email, last_name FROM customer WHERE customer_id = 1", "DELETE FROM customer WHERE customer_id = 1",
      "SELECT email::bytea FROM customer WHERE customer_id = 1", "SELECT count(*) AS films FROM film",
    ]
    let run = try ChildProcess.run(
      Binaries.mcp("python"),
      [Binaries.packageRoot.appendingPathComponent("examples/mcp/agent.py").path, configuration(), "shop"] + statements,
      seconds: 120)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.hasPrefix("tools: all_table_names,"), "\(run.output)")
    let raw = try deployment.truth("SELECT email FROM customer WHERE customer_id = 1", database: "pagila")[0][0]!
    #expect(!run.output.contains(raw) && run.output.contains("email: ") && run.output.contains("***"), "\(run.output)")
    #expect(run.output.contains("guardrail") || run.output.contains("read-only"), "\(run.output)")
    #expect(run.output.contains("films: 1000"), "\(run.output)")
    let lease = try newestLease("support-read")
    #expect(!run.output.contains("password"), "\(run.output)")
    try eventually("the role to go") { try !deployment.roleExists(lease.role) }
    let found = try deployment.ctl(
      .dba,
      ["audit", "search", "--lease", lease.id, "--kind", "statement", "--format", "json", deployment.auditLog("issuer-proxy")])
    #expect(found.output.contains("SELECT customer_id, email, last_name FROM customer"), "\(found.output)\(found.errors)")
    #expect(found.output.contains("DELETE FROM customer"))
    #expect(found.output.contains("public.customer.email"))
  }

  @Test func `a command behind a tunnel finds an address and nothing secret`() throws {
    let script = """
      env; find "$PGHOST" -type f; stat -c '%a %F' "$PGHOST"; psql -wXAtc 'SELECT session_user'
      psql -wXAtc 'SELECT session_user' "$DATABASE_URL"; test "$DATABASE_URL" = "$DB_URL"; echo "same $?"; exit 7
      """
    let run = try deployment.ctl(
      .alice, ["run", "support-read", "--reason", "INC-1", "--tunnel", "--url-variable", "DB_URL", "--", "bash", "-c", script],
      environment: ["PGPASSWORD": "stale", "PGPASSFILE": "/stale", "PGCHANNELBINDING": "require"])
    #expect(run.status == 7, "\(run.errors)")
    let lease = try newestLease("support-read")
    let tail = run.output.split(separator: "\n").suffix(4)
    #expect(tail == ["700 directory", lease.role[...], lease.role[...], "same 0"], "\(run.output)\(run.errors)")
    #expect(!run.output.contains("stale") && !run.output.contains("PGPASS"), "\(run.output)")
    // It has no secret that could be compared: whatever is as long as one and random would show.
    for line in run.output.split(separator: "\n") where !line.hasPrefix("ISSUER_") {
      #expect(!line.contains(/[A-Za-z0-9_-]{43}/), "\(line)")
    }
    let place = try #require(run.output.split(separator: "\n").first { $0.hasPrefix("PGHOST=") }).dropFirst(7)
    #expect(!FileManager.default.fileExists(atPath: String(place)))
    try eventually("the role to go") { try !deployment.roleExists(lease.role) }
  }

  @Test func `a command whose lease is revoked is told so when it connects`() throws {
    let mark = deployment.directory + "/people/alice/agent"
    let script = """
      psql -wXAtc 'SELECT session_user' >\(mark).role; mv \(mark).role \(mark).ready; for i in $(seq 1200); do
      psql -wXAtc 'SELECT 1' >/dev/null 2>\(mark).error || { cat \(mark).error; grep -q tunnel \(mark).error && exit 3; }; sleep 0.1; done
      """
    let run = try deployment.start(
      .alice, ["run", "support-read", "--reason", "INC-1", "--tunnel", "--", "bash", "-c", script])
    try eventually("the command\n\(run.errors)") { FileManager.default.fileExists(atPath: mark + ".ready") || !run.isRunning }
    let role = try String(contentsOfFile: mark + ".ready", encoding: .utf8).trimmingCharacters(in: .newlines)
    let lease = try #require(try deployment.client(.alice).leases().items.first { $0.role == role })
    #expect(try deployment.ctl(.dba, ["revoke", lease.id, "--reason", "odd questions"]).status == 0)
    let ended = try run.wait(seconds: 120)
    #expect(ended.status == 3, "\(ended.output)\(ended.errors)")
    #expect(ended.output.contains("the lease of this tunnel to support-read is over: "), "\(ended.output)")
    #expect(ended.errors.contains("the lease is over"), "\(ended.errors)")
  }

  @Test func `a command cannot read the memory of the issuerctl that runs it`() throws {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent("agent-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: home) }
    let issuerctl = home.appendingPathComponent("issuerctl").path
    try FileManager.default.copyItem(atPath: Binaries.path("issuerctl"), toPath: issuerctl)
    let token = home.appendingPathComponent("token").path
    try deployment.token(.alice).write(toFile: token, atomically: true, encoding: .utf8)
    // Root may read everything: then as somebody else.
    var prefix = ["env"]
    if getuid() == 0 {
      try FileManager.default.setAttributes([.ownerAccountID: 64_103, .posixPermissions: 0o600], ofItemAtPath: token)
      try FileManager.default.setAttributes([.ownerAccountID: 64_103, .posixPermissions: 0o700], ofItemAtPath: home.path)
      prefix = ["setpriv", "--reuid=64103", "--regid=64103", "--clear-groups"]
    }
    let script = #"head -c 1 /proc/$$/environ >/dev/null && ! head -c 1 "/proc/$PPID/environ" && psql -wXAtc 'SELECT 5 * 5'"#
    let run = try ChildProcess.run(
      prefix[0],
      prefix.dropFirst() + [
        issuerctl, "run", "support-read", "--reason", "INC-1", "--tunnel", "--", "bash", "-c", script,
      ],
      environment: deployment.environment(.alice).merging([
        "ISSUER_TOKEN_FILE": token, "HOME": home.path, "XDG_CONFIG_HOME": home.path, "XDG_CACHE_HOME": home.path,
      ]) { $1 })
    #expect(run.output == "25\n", "\(run.output)\(run.errors)")
    #expect(run.errors.contains("Permission denied"), "\(run.errors)")
  }
}
