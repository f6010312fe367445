import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

@testable import Issuer

@Suite(.serialized) struct DaemonTests {
  @Test func `SIGHUP reloads the policy, SIGTERM stops within seconds with streams open, and the next start goes on`()
    async throws
  {
    let issuer = try await IssuerFixture()
    let path = issuer.directory + "/policy.yaml"
    let before = try issuer.client.livePolicy().fingerprint
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try (text + "\n# changed\n").write(toFile: path, atomically: true, encoding: .utf8)
    issuer.daemon.signal(SIGHUP)
    try await until("the policy is the new one:\n\(issuer.daemon.errors)") {
      try issuer.client.livePolicy().fingerprint != before
    }

    let lease = try #require(try issuer.ask("shop-read", seconds: 2).lease)
    let stream = Task.detached { () throws -> Void in
      try issuer.proxy.proxyEvents(ProxyEventsOpen(proxy: "proxy-1", leases: [lease.id])) { _ in true }
    }
    try await until("the stream is open:\n\(issuer.daemon.errors)") {
      try issuer.client.status().proxies.contains { $0.connected }
    }
    issuer.daemon.signal(SIGTERM)
    let ended = try issuer.daemon.wait(seconds: 15)
    #expect(ended.status == 0)
    _ = await stream.result

    try issuer.startAgain()
    try await until("the daemon is ready") { (try? issuer.client.whoAmI()) != nil }
    try await until("the lease is ended by the next run") { try !issuer.roleExists(lease.role) }
  }

  @Test func `a restart of PostgreSQL is survived`() async throws {
    let issuer = try await IssuerFixture()
    let before = try #require(try issuer.ask("shop-read").lease)
    try issuer.server.shutDown()
    #expect(throws: IssuerFailure.self) { try issuer.ask("shop-read") }
    try issuer.server.start()
    try await until("leases are issued again") { (try? issuer.ask("shop-read").lease) != nil }
    #expect(try issuer.client.revoke(before.id, reason: "test").state == .dropped)
  }

  @Test func `a server without free connections still lets leases be revoked`() async throws {
    let issuer = try await IssuerFixture(settings: ["max_connections = 24"])
    let lease = try #require(try issuer.ask("shop-read").lease)
    var held: [PostgresConnection] = []
    while let connection = try? issuer.server.connect() { held.append(connection) }
    #expect(held.count > 3)
    #expect(try issuer.client.revoke(lease.id, reason: "full").state == .dropped)
  }

  @Test func `a wrong configuration is told with its line, and nothing starts`() throws {
    let directory = "/tmp/issuer-test-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = directory + "/issuerd.yaml"
    try "cluster: main\nvault:\n  file: v\n  keyFile: k\n  colour: red\n".write(toFile: file, atomically: true, encoding: .utf8)
    let result = try ChildProcess.run(IssuerFixture.executable, ["check-config", "--config", file])
    #expect(result.status == 1)
    #expect(result.errors.contains("issuerd.yaml:5: unknown setting vault.colour"))
  }
}
