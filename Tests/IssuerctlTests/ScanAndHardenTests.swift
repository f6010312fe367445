import Foundation
import IssuerAPI
import TestSupport
import Testing

@Suite struct ScanAndHardenTests {
  private static func answering(_ path: String, _ value: some Encodable & Sendable) throws -> ScriptedHTTPServer {
    try ScriptedHTTPServer { request in
      let parts = request.split(separator: " ", maxSplits: 2)
      guard parts[1] == path else { return ScriptedHTTPServer.json(404, #"{"code":"not_found","message":"no","next":"look"}"#) }
      return ScriptedHTTPServer.json(200, String(decoding: (try? JSONEncoder().encode(value)) ?? Data(), as: UTF8.self))
    }
  }

  private static let report = ScanReport(
    database: "shop", tables: 3, durationMilliseconds: 5,
    proposals: [
      .init(
        schema: "public", table: "customer", column: "email", type: "text", kind: .email, mask: .email, confidence: .high,
        isNamedSo: true, values: 599, matches: 599),
      .init(
        schema: "public", table: "Odd.Table", column: "no\nte", type: "text", kind: .mixed, mask: .redact, confidence: .medium,
        isNamedSo: false, values: 10, matches: 1),
      .init(
        schema: "public", table: "log", column: "mail", type: "text", kind: .email, mask: .email, confidence: .low,
        isNamedSo: true,
        values: 20, matches: 0),
    ], labelled: 2, skipped: [.init(table: "public.x", reason: "not a member of its owner")])

  @Test func `a scan's YAML is what the policy reads, with what is not sure as a comment`() throws {
    let server = try Self.answering("/v1/scan", Self.report)
    let result = try Issuerctl.run(["scan", "--database", "shop", "--format", "yaml"], socket: server.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.contains(
        "      # high: e-mail addresses: 599 of 599 values, by its name\n      public.customer.email: email\n"))
    #expect(result.output.contains("      # public.log.mail: email\n"))
    #expect(result.output.contains("# not read: public.x"))
    // As a policy: the head of any, and these masks.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("policy-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    let policy = """
      version: 1
      cluster: main
      identities: {eve: {login: unix, unixUser: eve}}
      scopes: {read: {database: shop, privileges: [{tables: ["public.*"], grant: [select]}]}}
      access: [{name: all, who: {users: [eve]}, scopes: [read], lifetime: {max: 1h}, reason: optional}]

      """
    try (policy + result.output).write(to: file, atomically: true, encoding: .utf8)
    let checked = try Issuerctl.run(["policy", "check", "--file", file.path])
    #expect(checked.status == 0, "\(checked.errors)")
  }

  @Test func `a scan is told to people and to scripts`() throws {
    let server = try Self.answering("/v1/scan", Self.report)
    let text = try Issuerctl.run(["scan", "--database", "shop"], socket: server.path)
    #expect(text.output.contains("public.customer.email\ttext\temail\thigh\te-mail addresses: 599 of 599 values, by its name"))
    #expect(text.errors.contains("not read: public.x"))
    let json = try Issuerctl.run(["scan", "--database", "shop", "--format", "json"], socket: server.path)
    #expect(try JSONDecoder().decode(ScanReport.self, from: Data(json.output.utf8)) == Self.report)
  }

  private static let live = PolicyLive(
    fingerprint: String(repeating: "a", count: 64), loadedAt: "2026-04-01T00:00:00Z",
    scopes: [
      .init(
        name: "read", database: "shop", state: .refused,
        findings: [
          ScopeFinding(
            severity: .refusal, kind: "public_select", object: "public.a", message: "PUBLIC may read it",
            cure: "REVOKE SELECT ON a FROM PUBLIC;")
        ])
    ])

  @Test func `harden prints one script, and runs nothing`() throws {
    let server = try Self.answering("/v1/policy/live", Self.live)
    let result = try Issuerctl.run(["harden", "--print"], socket: server.path)
    #expect(result.status == 0)
    #expect(result.output.contains("\\connect \"shop\"") && result.output.contains("\nREVOKE SELECT ON a FROM PUBLIC;\n"))
    #expect(try Issuerctl.run(["harden", "--print", "--database", "nowhere"], socket: server.path).status == 4)
    #expect(try Issuerctl.run(["harden"], socket: server.path).status == 64)
  }

  @Test func `the live check tells finding, reason, cure and the entry that accepts it`() throws {
    let server = try Self.answering("/v1/policy/live", Self.live)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("policy-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Issuerctl.run(["policy", "starter", "--database", "shop", "--user", "eve"]).output.write(
      to: file, atomically: true, encoding: .utf8)
    let result = try Issuerctl.run(["policy", "check", "--live", "--file", file.path], socket: server.path)
    #expect(result.status == 1)
    for line in [
      "refusal public_select: public.a", "PUBLIC may read it", "cure: REVOKE SELECT ON a FROM PUBLIC;",
      "or accept it, under `trusted:` of shop: - {kind: public_select, object: \"public.a\", reason: ",
    ] {
      #expect(result.output.contains(line), "\(line) is not in \(result.output)")
    }
  }
}
