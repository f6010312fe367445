import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

@testable import Issuer

@Suite(.serialized) struct LeaseTests {
  static let fixture = Task { try await IssuerFixture() }

  @Test func `a request that needs no approval is answered with a lease and a way to connect`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-read")
    let lease = try #require(request.lease)
    #expect(request.state == .active)
    #expect(lease.role.hasPrefix("jit_"))
    #expect(try issuer.roleExists(lease.role))
    #expect(request.connection?.user == lease.role)
    #expect(request.connection?.port == 6432)
  }

  @Test func `the same idempotency key is answered with the same lease`() async throws {
    let issuer = try await Self.fixture.value
    let first = try issuer.ask("shop-read", key: "again")
    let second = try issuer.ask("shop-read", key: "again")
    #expect(first.id == second.id)
    #expect(first.lease?.role == second.lease?.role)
    #expect(first.connection?.password == second.connection?.password)
  }

  @Test func `a lease is gone with its role soon after its deadline`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-read", seconds: 1)
    let lease = try #require(request.lease)
    try await until("the role is dropped") { try !issuer.roleExists(lease.role) }
    try await until("the ledger knows") { try issuer.client.lease(lease.id).state == .dropped }
    #expect(try issuer.client.lease(lease.id).endReason == "expired")
  }

  @Test func `a direct lease logs in with the password that is handed out once`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-direct", key: "direct-once")
    let connection = try #require(request.connection)
    let session = try issuer.server.connect(user: connection.user, password: connection.password, database: "shop")
    #expect(try session.query("SELECT city FROM customers").single().string("city") == "Berlin")
    #expect(try issuer.ask("shop-direct", key: "direct-once").connection == nil)
    #expect(throws: IssuerFailure.self) { try issuer.client.credential(request.id) }
  }

  @Test func `revoking ends the session whatever it runs`() async throws {
    let issuer = try await Self.fixture.value
    let request = try issuer.ask("shop-direct")
    let connection = try #require(request.connection)
    let lease = try #require(request.lease)
    let sleeping = Task.detached { () -> String? in
      do {
        let session = try issuer.server.connect(user: connection.user, password: connection.password, database: "shop")
        try session.query("SELECT pg_sleep(600)")
        return nil
      } catch { return (error as? PostgresError)?.sqlState.code }
    }
    let admin = try issuer.server.connect()
    try await until("the session runs its query") {
      try !admin.query("SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND state = 'active'", [lease.role]).rows.isEmpty
    }
    let ended = try issuer.client.revoke(lease.id, reason: "test")
    #expect(ended.state == .dropped)
    #expect(ended.endReason?.contains("revoked by") == true)
    #expect(await sleeping.value != nil)
    #expect(try !issuer.roleExists(lease.role))
    #expect(try issuer.client.revoke(lease.id, reason: "again").state == .dropped)
  }

  @Test func `what a lease made is gone with it`() async throws {
    let issuer = try await Self.fixture.value
    let lease = try #require(try issuer.ask("shop-make").lease)
    let admin = try issuer.server.connect(database: "shop")
    try admin.execute("SET ROLE \(Identifier(lease.role))")
    try admin.query("CREATE TABLE public.left_behind (id int)")
    try admin.query("RESET ROLE")
    #expect(try issuer.client.revoke(lease.id, reason: "test").state == .dropped)
    #expect(try admin.query("SELECT 1 FROM pg_class WHERE relname = 'left_behind'").rows.isEmpty)
  }

  @Test func `renewing moves the deadline, and never past the ceiling`() async throws {
    let issuer = try await Self.fixture.value
    let lease = try #require(try issuer.ask("shop-read", seconds: 60).lease)
    let renewed = try issuer.client.renew(lease.id, lifetimeSeconds: 120)
    #expect(renewed.deadline > lease.deadline)
    #expect(throws: IssuerFailure.self) { try issuer.client.renew(lease.id, lifetimeSeconds: 30_000_000) }
  }

  @Test func `a hundred leases revoked at once are all gone`() async throws {
    let issuer = try await Self.fixture.value
    let leases = try (0..<100).map { _ in try #require(try issuer.ask("shop-read").lease) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lease in leases {
        group.addTask {
          try await Blocking.run {
            let state = try issuer.client.revoke(lease.id, reason: "all").state
            #expect(state == .dropped)
          }
        }
      }
      try await group.waitForAll()
    }
    for lease in leases { #expect(try !issuer.roleExists(lease.role)) }
  }

  @Test func `a role that bears our mark and has no lease is ended, one without a valid mark is left alone`() async throws {
    let issuer = try await Self.fixture.value
    let admin = try issuer.server.connect()
    try admin.execute(
      script: """
        CREATE ROLE jit_forged_aaaaaaaaaa LOGIN;
        COMMENT ON ROLE jit_forged_aaaaaaaaaa IS
          'issuer lease 00000000-0000-4000-8000-000000000001 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
        """)
    let report = try issuer.client.sweep()
    #expect(report.notes.contains { $0.contains("jit_forged_aaaaaaaaaa") })
    #expect(try issuer.roleExists("jit_forged_aaaaaaaaaa"))
    try admin.query("DROP ROLE jit_forged_aaaaaaaaaa")
  }
}
