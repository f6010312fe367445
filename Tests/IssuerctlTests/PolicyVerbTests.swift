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

  private static let masked = """
    version: 1
    cluster: main
    identities:
      eve: {login: unix, unixUser: eve}
    databases:
      shop:
        masks:
          public.users.email: {mask: email, lookup: equality}
          "*.*.card*": last4
          public.users.cardinal: free
    scopes:
      read:
        database: shop
        privileges:
          - {tables: ["public.*"], grant: [select, update]}
    access:
      - {name: all, who: {users: [eve]}, scopes: [read], lifetime: {max: 1h}, reason: optional}

    """

  @Test func `explain says which columns are masked by which rule, and what is looked up, written and refused`() throws {
    func explain(_ sql: String) throws -> String {
      let result = try policy(["explain", "read", "--sql", sql], Self.masked)
      #expect(result.errors == "")
      return result.output
    }
    let found = try explain("SELECT card_number, cardinal FROM users WHERE email = 'x'")
    #expect(found.contains("public.users.email: email, by public.users.email: email"), "\(found)")
    #expect(found.contains("public.users.card_number: last4, by *.*.card*: last4"))
    #expect(!found.contains("public.users.cardinal: last4"))
    #expect(found.contains("public.users.email: email = 'x' asks for keys, counted and on record"))
    #expect(found.contains("\"iss_lookup_email\"('x', '\\x<code>')"))
    let written = try explain("UPDATE users SET email = '***', card = $1 WHERE email LIKE 'x'")
    #expect(written.contains("public.users.email from '***', refused if it is what the mask shows"), "\(written)")
    #expect(written.contains("public.users.card from $1"))
    #expect(written.contains("find rows by email = 'value' as a condition of its own"))
    let refused = try explain("SELECT email FROM users TABLESAMPLE system (10)")
    #expect(refused.contains("TABLESAMPLE cannot be used where masked columns of \"users\" are read"), "\(refused)")
    #expect(!refused.contains("Forwarded"))
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
