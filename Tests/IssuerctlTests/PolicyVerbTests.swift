import Foundation
import TestSupport
import Testing

@Suite struct PolicyVerbTests {
  func policy(_ arguments: [String], _ text: String? = nil) throws -> ChildProcess.Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("policy-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let starter = try Issuerctl.run(["policy", "starter", "--database", "shop", "--user", "eve"]).output
    try (text ?? starter).write(to: file, atomically: true, encoding: .utf8)
    return try Issuerctl.run(["policy"] + arguments + ["--file", file.path])
  }

  @Test func `the starter is checked without an error, and its tests pass`() throws {
    #expect(try policy(["check"]).status == 0)
    let tests = try policy(["test"])
    #expect(tests.status == 0)
    #expect(tests.output.contains("4 tests, 0 failed"))
  }

  @Test func `an error is told at its place, as compilers do`() throws {
    let result = try policy(["check"], "version: 1\ncluster: main\nidentitys: {}\n")
    #expect(result.status == 1)
    #expect(result.errors.contains(".yaml:3:1: error: the policy has no key `identitys`\n  did you mean `identities`?"))
  }

  @Test func `explain says what would be decided and by which rule`() throws {
    let granted = try policy(["explain", "app-read", "--as", "eve", "--reason", "x"])
    #expect(granted.status == 0)
    #expect(granted.output.contains("access/read"))
    let denied = try policy(["explain", "app-read", "--as", "ci", "--reason", "x"])
    #expect(denied.status == 3)
    let refused = try policy(["explain", "app-read", "--sql", "/* x */ DrOp TABLE orders"])
    #expect(refused.status == 3)
    #expect(refused.output.contains("read-only/definitions"))
    let approved = try policy(["explain", "app-read", "--sql", "select email from public.users"])
    #expect(approved.status == 0)
    #expect(approved.output.contains("*.*.email: email"))
    #expect(approved.output.contains("from \"iss_m_public\".users"))
  }

  @Test func `every verb has help with an example`() throws {
    let verbs = [
      "grant", "connect", "run", "scopes", "whoami", "leases", "renew", "revoke", "sessions", "kill", "requests", "approve",
      "deny", "cancel",
      "policy check", "policy explain", "policy test", "policy reload", "policy starter", "init", "status", "sweep",
      "rotate admin",
      "rotate static", "token create", "token list", "token revoke", "audit verify", "audit search", "audit replay",
      "audit export",
      "vault status", "vault slots", "vault create", "vault add-slot", "vault remove-slot", "vault rekey",
      "vault recipient-keygen",
    ]
    for verb in verbs {
      let result = try Issuerctl.run(verb.split(separator: " ").map(String.init) + ["--help"])
      #expect(result.status == 0)
      #expect(result.output.contains("EXAMPLE") && result.output.contains("issuerctl \(verb)"), "\(verb)")
    }
  }
}
