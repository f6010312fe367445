import Foundation
import PostgresClient
import TestSupport
import Testing

@testable import Issuer

@Suite(.serialized) struct ProxyBypassProbeTests {
  static let server = Task {
    let server = try PostgresServer(hba: [
      "host rejecting +iss_via_proxy all reject", "host trusting +iss_via_proxy all trust",
      "host elsewhere +iss_via_proxy 192.0.2.1/32 scram-sha-256",
    ])
    let admin = try server.connect()
    try admin.execute(script: "CREATE ROLE iss_via_proxy NOLOGIN")
    return server
  }

  @Test(
    arguments: [
      ("rejecting", .refused), ("trusting", .letIn), ("elsewhere", .askedForPassword), ("postgres", .askedForPassword),
    ] as [(String, ProxyBypassProbe.Answer)])
  func `a login as a proxy lease tells what pg_hba does with it`(database: String, answer: ProxyBypassProbe.Answer) async throws {
    let server = try await Self.server.value
    #expect(ProxyBypassProbe.tryLogin(server.parameters(database: database)) == answer)
    // Nothing is made for the proof, so nothing is left.
    let roles = try server.connect().query("SELECT count(*) AS n FROM pg_roles WHERE rolname ~ '^(iss_|jit_)'").single()
    #expect(try roles.integer("n") == 1)
  }

  @Test func `a server that is away proves nothing`() {
    let answer = ProxyBypassProbe.tryLogin(
      ConnectionParameters(["host": "127.0.0.1", "port": "1", "dbname": "shop"], connectSecondsMax: 5))
    guard case .unreachable = answer else {
      Issue.record("\(answer)")
      return
    }
  }

  @Test(
    arguments: [
      ([("a", .refused), ("b", .refused)], [], nil, "ok"),
      ([("a", .refused), ("b", .letIn)], ["10.0.0.1"], ["reject"], "failed"),
      ([("a", .refused), ("b", .unreachable("away"))], [], ["reject"], "unknown"),
      // A way in is a way in, whatever else could not be tried.
      ([("a", .unreachable("away")), ("b", .letIn)], [], nil, "failed"),
      ([("a", .askedForPassword)], [], ["scram-sha-256"], "failed"),
      ([("a", .askedForPassword)], [], ["scram-sha-256", "reject"], "unknown"),
      ([("a", .askedForPassword)], [], nil, "unknown"),
      // At the proxy's own address, and away from it.
      ([("a", .askedForPassword)], ["10.0.0.1", "10.0.0.2"], nil, "unknown"),
      ([("a", .askedForPassword)], ["10.0.0.2"], nil, "failed"), ([], [], nil, "unknown"),
    ] as [([(String, ProxyBypassProbe.Answer)], Set<String>, [String]?, String)])
  func `only a refusal is a proof, and at the proxy's address there is none`(
    answers: [(String, ProxyBypassProbe.Answer)], proxies: Set<String>, lines: [String]?, outcome: String
  ) {
    let check = ProxyBypassProbe.check(
      answers.map { (database: $0.0, answer: $0.1) }, .init(issuer: "10.0.0.1", proxies: proxies, lines: lines))
    #expect(check.outcome.rawValue == outcome, "\(check.message)")
    #expect(!check.message.isEmpty && (outcome == "ok" || outcome == "unknown" && answers.isEmpty || !check.next.isEmpty))
  }

  @Test func `points in time are whole`() throws {
    #expect(Timestamp.text(Date(timeIntervalSince1970: 1_795_412_468.25)) == "2026-11-23T05:41:08.250Z")
    #expect(try /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/.wholeMatch(in: Timestamp.now()) != nil)
  }
}
