import Foundation
import TestSupport
import Testing

@Suite struct RunTests {
  static let revoke = "POST /v1/leases/\(ScriptedIssuer.leaseID)/revoke"

  @Test func `the command gets libpq's environment and a password file of its own, and its code is ours`() throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let script =
      #"echo "$PGHOST $PGPORT $PGDATABASE $PGUSER $PGSSLMODE [$PGPASSWORD]"; cat "$PGPASSFILE"; stat -c %a "$PGPASSFILE" "$(dirname "$PGPASSFILE")"; cat "$PGSSLROOTCERT"; echo "$PGPASSFILE"; exit 7"#
    let result = try Issuerctl.run(["run", "read", "--reason", "x", "--", "sh", "-c", script], socket: issuer.http.path)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(result.status == 7)
    try #require(lines.count == 6, "\(result)")
    #expect(lines[0] == "db.example 6432 shop jit_alice_x verify-full []")
    #expect(lines[1] == #"*:*:*:jit_alice_x:p\:w\\'d"#)
    #expect(lines[2...4] == ["600", "700", "-----BEGIN CERTIFICATE-----"])
    #expect(!FileManager.default.fileExists(atPath: lines[5]))
    #expect(issuer.wasAsked(Self.revoke))
  }

  @Test func `the password is in the environment only when asked for`() throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let result = try Issuerctl.run(
      ["run", "read", "--reason", "x", "--password-env", "--", "sh", "-c", #"echo "$PGPASSWORD $DATABASE_URL""#],
      socket: issuer.http.path)
    #expect(
      result.output.hasPrefix(
        ScriptedIssuer.password + " postgresql://jit_alice_x:p%3Aw%5C%27d@db.example:6432/shop?sslmode=verify-full"))
  }

  @Test func `the URL is also under the names that a program knows`() throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let result = try Issuerctl.run(
      [
        "run", "read", "--reason", "x", "--password-env", "--url-variable", "DB_URL", "--url-variable", "DATABASE_URI", "--",
        "sh",
        "-c", #"test "$DB_URL" = "$DATABASE_URL" && test "$DATABASE_URI" = "$DATABASE_URL" && echo "$DB_URL""#,
      ], socket: issuer.http.path)
    #expect(result.status == 0 && result.output.hasPrefix("postgresql://jit_alice_x:"), "\(result)")
  }

  @Test(arguments: [
    ["--tunnel", "--password-env"], ["--url-variable", "DB_URL"], ["--tunnel", "--url-variable", "A=B"],
    ["--tunnel", "--url-variable", ""],
  ])
  func `what does not go together is wrong usage, and nothing is asked for`(_ options: [String]) throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let result = try Issuerctl.run(["run", "read", "--reason", "x"] + options + ["--", "true"], socket: issuer.http.path)
    #expect(result.status == 64, "\(result)")
    #expect(!issuer.wasAsked("POST /v1/requests"))
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func `a signal reaches the command, and the lease is revoked after it`(_ signal: Int32) throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let child = try Issuerctl.start(
      [
        "run", "read", "--reason", "x", "--", "sh", "-c",
        "trap 'echo bye; exit 9' TERM INT HUP; echo up; while :; do sleep 0.05; done",
      ],
      socket: issuer.http.path)
    try eventually("the command") { child.output.contains("up") }
    child.signal(signal)
    let result = try child.wait()
    #expect(result.status == 9)
    #expect(result.output.contains("bye"))
    #expect(issuer.wasAsked(Self.revoke))
  }

  @Test func `a command that a signal ends is 128 and its number`() throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let result = try Issuerctl.run(["run", "read", "--reason", "x", "--", "sh", "-c", "kill -KILL $$"], socket: issuer.http.path)
    #expect(result.status == 137)
    #expect(issuer.wasAsked(Self.revoke))
  }

  @Test func `a command that does not exist is 127, and the lease is revoked`() throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    let result = try Issuerctl.run(["run", "read", "--reason", "x", "--", "no-such-program"], socket: issuer.http.path)
    #expect(result.status == 127)
    #expect(issuer.wasAsked(Self.revoke))
  }

  @Test func `the lease is renewed while the command runs`() throws {
    let issuer = try ScriptedIssuer(remainingSeconds: 2)
    defer { issuer.http.stop() }
    let child = try Issuerctl.start(["run", "read", "--reason", "x", "--", "sleep", "60"], socket: issuer.http.path)
    try eventually("two renewals") { issuer.asked.filter { $0.hasSuffix("/renew") }.count >= 2 }
    child.signal(SIGTERM)
    #expect(try child.wait().status == 143)
  }

  @Test func `a signal while the request is pending cancels it`() throws {
    let issuer = try ScriptedIssuer(pollsUntilDecided: .max)
    defer { issuer.http.stop() }
    let child = try Issuerctl.start(["run", "read", "--reason", "x", "--", "true"], socket: issuer.http.path)
    try eventually("the wait") { issuer.asked.contains { $0.hasPrefix("GET /v1/requests/") } }
    child.signal(SIGTERM)
    #expect(try child.wait().status == 143)
    #expect(issuer.wasAsked("POST /v1/requests/\(ScriptedIssuer.requestID)/cancel"))
    #expect(!issuer.wasAsked(Self.revoke))
  }
}
