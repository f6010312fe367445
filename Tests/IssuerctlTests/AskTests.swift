import Foundation
import IssuerAPI
import TestSupport
import Testing

@Suite struct AskTests {
  func grant(_ issuer: ScriptedIssuer, _ more: String...) throws -> ChildProcess.Result {
    let cache = FileManager.default.temporaryDirectory.appendingPathComponent("issuerctl-cache-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: cache) }
    defer { issuer.http.stop() }
    return try Issuerctl.run(
      ["grant", "read", "--reason", "x"] + more, socket: issuer.http.path, environment: ["XDG_CACHE_HOME": cache.path])
  }

  @Test func `a grant that waits says who may approve, without what would move the cursor`() throws {
    let result = try grant(ScriptedIssuer(pollsUntilDecided: 2))
    #expect(result.status == 0)
    #expect(result.errors.contains("issuerctl approve aaaaaaaa"))
    #expect(result.errors.contains("a member of leads may approve"))
    #expect(!(result.errors + result.output).contains("\u{1b}"))
    #expect(result.output.contains("jit_alice_x"))
  }

  @Test func `without waiting the request is printed and the code is 6`() throws {
    let result = try grant(ScriptedIssuer(pollsUntilDecided: 9), "--no-wait")
    #expect(result.status == 6)
    #expect(result.output == ScriptedIssuer.requestID + "\n")
  }

  @Test func `a wait that takes too long is 6, and the request stays`() throws {
    let issuer = try ScriptedIssuer(pollsUntilDecided: .max)
    #expect(try grant(issuer, "--wait", "1s").status == 6)
    #expect(!issuer.asked.contains { $0.hasSuffix("/cancel") })
  }

  @Test func `a denial is 3`() throws {
    #expect(try grant(ScriptedIssuer(pollsUntilDecided: 1, decided: .denied)).status == 3)
  }

  @Test func `json is the request with its connection`() throws {
    let result = try grant(ScriptedIssuer(), "--format", "json")
    let request = try JSONDecoder().decode(AccessRequest.self, from: Data(result.output.utf8))
    #expect(request.connection?.password == ScriptedIssuer.password)
  }

  @Test func `the env form survives a shell`() throws {
    let result = try grant(ScriptedIssuer(), "--format", "env")
    let shell = try ChildProcess.run("sh", ["-c", result.output + "\nprintf %s \"$PGPASSWORD\""])
    #expect(shell.output == ScriptedIssuer.password)
  }

  @Test func `the other forms are those of libpq`() throws {
    #expect(try grant(ScriptedIssuer(), "--format", "pgpass").output == "*:*:*:jit_alice_x:p\\:w\\\\'d\n")
    #expect(
      try grant(ScriptedIssuer(), "--format", "url").output.hasPrefix(
        "postgresql://jit_alice_x:p%3Aw%5C%27d@db.example:6432/shop?sslmode=verify-full&sslrootcert="))
    #expect(try grant(ScriptedIssuer(), "--format", "service").output.hasPrefix("[read]\nhost=db.example\n"))
  }

  @Test func `an issuer that is not there is 5, what is not found 4, wrong usage 64`() throws {
    let unreachable = try Issuerctl.run(["whoami"])
    #expect(unreachable.status == 5)
    #expect(unreachable.errors.contains("error: no issuer answers at the socket /nonexistent"))
    #expect(unreachable.errors.contains("next: is issuerd running?"))
    let issuer = try ScriptedIssuer()
    defer { issuer.http.stop() }
    #expect(try Issuerctl.run(["whoami"], socket: issuer.http.path).status == 4)
    #expect(try Issuerctl.run(["approve", "ffff1234"], socket: issuer.http.path).status == 4)
    #expect(try Issuerctl.run(["grant"]).status == 64)
    #expect(try Issuerctl.run(["grant", "read", "--for", "30"]).status == 64)
    #expect(try Issuerctl.run(["run", "read"]).status == 64)
  }

  @Test func `a remote issuer is asked over TLS and with a token only`() throws {
    #expect(try Issuerctl.run(["whoami", "--url", "http://issuer.example"]).errors.contains("not https://"))
    #expect(try Issuerctl.run(["whoami", "--url", "https://issuer.example"]).status == 3)
    #expect(
      try Issuerctl.run(["whoami", "--url", "https://issuer.example", "--token-file", "/etc/hostname"]).errors.contains(
        "holds no API token"))
  }
}
