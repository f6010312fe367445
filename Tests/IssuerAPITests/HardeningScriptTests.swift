import Foundation
import IssuerAPI
import Testing
import Yams

@Suite struct HardeningScriptTests {
  private static let findings = [
    ScopeFinding(
      severity: .refusal, kind: "definer_function", object: #"public."odd\n""\#n; DROP TABLE x(integer)"#,
      message: "runs as its\nowner",
      cure: "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;"),
    ScopeFinding(
      severity: .refusal, kind: "row_security", object: "public.notes", message: "asks who asks",
      cure: "-- rewrite it\n-- or leave it out"),
    ScopeFinding(
      severity: .refusal, kind: "public_select", object: "public.a", message: "readable", cure: "REVOKE SELECT ON a FROM PUBLIC;"),
    ScopeFinding(severity: .refusal, kind: "not_compiled", object: "shop", message: "no answer", cure: "start the server"),
    ScopeFinding(
      severity: .warning, kind: "public_connect", object: "postgres", message: "open",
      cure: "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;"),
    ScopeFinding(
      severity: .warning, kind: "view_left_out", object: "public.v", message: "left out", cure: "-- nothing needs to be done"),
    ScopeFinding(
      severity: .trusted, kind: "definer_function", object: "public.g()", message: "g (trusted: looked at)", cure: "REVOKE g;"),
  ]

  private static let live = PolicyLive(
    fingerprint: String(repeating: "a", count: 64), loadedAt: "2026-04-01T00:00:00Z",
    scopes: [
      .init(name: "read", database: "shop", state: .refused, findings: findings),
      .init(name: "write", database: "shop", state: .refused, findings: Array(findings[2...2])),
      .init(name: "other", database: "b\"x", state: .ready, findings: []),
    ])

  /// What psql would run.
  private func statements(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("--") && !$0.isEmpty }
  }

  @Test func `each cure stands once, behind its reason; the rest is comment`() {
    let text = HardeningScript.text(Self.live, database: "shop")
    #expect(
      statements(text) == [
        #"\connect "shop""#, "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC;", "REVOKE SELECT ON a FROM PUBLIC;",
      ])
    #expect(text.contains("public_select public.a, for read, write\n--   readable\n"))
    #expect(text.contains("-- REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;"))
    #expect(text.contains("-- rewrite it\n-- or leave it out\n") && text.contains("-- start the server"))
    #expect(text.contains("Accepted by policy") && !text.contains("REVOKE g") && !text.contains("view_left_out"))
    #expect(text.contains("4 to cure, 1 to think about, 1 accepted"))
  }

  @Test func `all databases are in one script, whatever their names`() {
    #expect(
      statements(HardeningScript.text(Self.live)).filter { $0.hasPrefix("\\") } == [#"\connect "b""x""#, #"\connect "shop""#])
  }

  @Test func `the entry that accepts a finding is YAML that means the object`() throws {
    let entry = try #require(Self.findings[0].trustedEntry)
    let read = try #require(try Yams.load(yaml: entry) as? [[String: String]])
    #expect(read.first?["object"] == Self.findings[0].object)
    #expect(read.first?["kind"] == "definer_function")
    #expect(Self.findings[3...].allSatisfy { $0.trustedEntry == nil })
  }
}
