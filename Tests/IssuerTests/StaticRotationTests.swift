import Foundation
import IssuerAPI
import PostgresClient
import Sodium
import TestSupport
import Testing
import Vault

@testable import Issuer

@Suite(.serialized) struct StaticRotationTests {
  static let fixture = Result { try LedgerFixture() }

  /// An account of its own with roles that may log in.
  private struct Account {
    let fixture: LedgerFixture
    let role: IssuerConfiguration.StaticRole

    init(_ strategy: IssuerConfiguration.StaticRole.Strategy, graceSeconds: Int = 0) throws {
      fixture = try StaticRotationTests.fixture.get()
      let name = "svc_\(UUID().uuidString.prefix(8).lowercased())"
      let roles = strategy == .inPlace ? [name] : [name + "_a", name + "_b"]
      let admin = try fixture.connector.ledger("test")
      for role in roles {
        try admin.execute("CREATE ROLE \(Identifier(role)) LOGIN")
        try fixture.server.connect().execute("GRANT CONNECT ON DATABASE shop TO \(Identifier(role))")
      }
      role = IssuerConfiguration.StaticRole(
        name: name, strategy: strategy, roles: roles, intervalSeconds: 60, graceSeconds: graceSeconds, database: "shop",
        deliverFile: "\(fixture.directory)/\(name)")
    }

    func rotation(stopAfter step: StaticRoleRotation.Step? = nil) -> StaticRoleRotation {
      StaticRoleRotation(vault: fixture.vault, connector: fixture.connector, roles: [role]) { reached in
        if reached == step { throw AdminRotation.Interrupted() }
      }
    }

    func rotate() throws -> RotationReport { try rotation().rotate(named: role.name) }

    /// What the service reads.
    func delivered() throws -> (user: String, password: String) {
      let parts = try String(contentsOfFile: role.deliverFile, encoding: .utf8).split(separator: ":")
      return (String(parts[0]), String(parts[1].dropLast()))
    }

    func logIn(_ credential: (user: String, password: String)) throws -> PostgresConnection {
      try fixture.server.connect(user: credential.user, password: credential.password, database: "shop")
    }

    func opens(_ credential: (user: String, password: String)) -> Bool { (try? logIn(credential)) != nil }

    /// The schedule has come round.
    func makeDue() throws {
      try fixture.connector.ledger("test").query(
        "UPDATE issuer.static_role SET next_at = clock_timestamp() WHERE name = $1", [role.name])
    }
  }

  @Test func `in place, the service's file has the password that opens, and the one before opens nothing`() throws {
    let account = try Account(.inPlace)
    #expect(try account.rotate().role == account.role.name)
    let first = try account.delivered()
    #expect(account.opens(first))
    #expect(try account.rotation().rotateDue().isEmpty, "not due yet")
    try account.makeDue()
    #expect(try account.rotation().rotateDue().map(\.target) == [account.role.name])
    let second = try account.delivered()
    #expect(second.password != first.password && account.opens(second) && !account.opens(first))
    let mode = try FileManager.default.attributesOfItem(atPath: account.role.deliverFile)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `by turns, the password before works until nobody used it for the grace time`() throws {
    let account = try Account(.alternating, graceSeconds: 3600)
    #expect(try account.rotate().role == account.role.roles[0])
    let first = try account.delivered()
    // The second role was never used: its turn waits for the grace time all the same.
    let early = #expect(throws: APIError.self) { try account.rotate() }
    #expect(early?.code == "conflict")
    #expect(try account.rotation().rotateDue().isEmpty, "looks who is there")
    let ledger = try account.fixture.connector.ledger("test")
    func anHourPasses() throws {
      try ledger.query(
        "UPDATE issuer.static_role SET idle_since = idle_since - interval '1 h' WHERE name = $1", [account.role.name])
    }
    try anHourPasses()
    #expect(try account.rotate().role == account.role.roles[1])
    let second = try account.delivered()
    #expect(account.opens(first) && account.opens(second))

    // As long as somebody is logged in with the first, it stays as it is.
    let session = try account.logIn(first)
    #expect(try account.rotation().rotateDue().isEmpty)
    let busy = #expect(throws: APIError.self) { try account.rotate() }
    #expect(busy?.message.contains("1 sessions") == true)
    try session.query("SELECT 1")
    #expect(account.opens(first))
    withExtendedLifetime(session) {}
  }

  @Test func `by turns, the role that is not handed out is retired after the grace time`() async throws {
    let account = try Account(.alternating, graceSeconds: 3600)
    let ledger = try account.fixture.connector.ledger("test")
    _ = try account.rotate()
    let first = try account.delivered()
    #expect(try account.rotation().rotateDue().isEmpty, "looks who is there")
    try ledger.query(
      "UPDATE issuer.static_role SET idle_since = idle_since - interval '1 h' WHERE name = $1", [account.role.name])
    _ = try account.rotate()
    var session: PostgresConnection? = try account.logIn(first)
    try session?.query("SELECT 1")
    #expect(try account.rotation().rotateDue().isEmpty)
    let seen = try ledger.query("SELECT idle_since FROM issuer.static_role WHERE name = $1", [account.role.name]).single()
    #expect(seen["idle_since"] == nil, "somebody is there")
    session = nil
    try await until("the session is gone") {
      try ledger.query("SELECT FROM pg_stat_activity WHERE usename = $1", [first.user]).rows.isEmpty
    }
    #expect(try account.rotation().rotateDue().isEmpty)
    #expect(account.opens(first), "the grace time has only begun")
    try await until("the session is gone") {
      try ledger.query("SELECT FROM pg_stat_activity WHERE usename = $1", [first.user]).rows.isEmpty
    }
    try ledger.query(
      "UPDATE issuer.static_role SET idle_since = idle_since - interval '1 h' WHERE name = $1", [account.role.name])
    #expect(try account.rotation().rotateDue().isEmpty)
    #expect(!account.opens(first))
    #expect(try account.opens(account.delivered()))
    // And its turn comes again.
    #expect(try account.rotate().role == first.user)
    #expect(try account.opens(account.delivered()))
  }

  @Test(arguments: [IssuerConfiguration.StaticRole.Strategy.inPlace, .alternating], StaticRoleRotation.Step.allCases)
  func `a rotation that was killed after a step is ended by the next`(
    strategy: IssuerConfiguration.StaticRole.Strategy, step: StaticRoleRotation.Step
  ) throws {
    let account = try Account(strategy)
    _ = try account.rotate()
    #expect(throws: AdminRotation.Interrupted.self) { try account.rotation(stopAfter: step).rotate(named: account.role.name) }
    let sealed = account.fixture.vault.body.staticRoles.values.compactMap(\.pending).first
    #expect((sealed != nil) == [.sealed, .passwordSet, .newLoginVerified].contains(step))
    _ = try account.rotate()
    let credential = try account.delivered()
    #expect(account.opens(credential))
    #expect(account.fixture.vault.body.staticRoles.values.allSatisfy { $0.pending == nil })
    if let sealed, step != .sealed { #expect(sealed.revealedUTF8() == credential.password, "what was set is not thrown away") }
    _ = try? account.rotate()
    #expect(try account.opens(account.delivered()))
  }

  @Test func `while a dead issuer's backend may still set a password, no other is sealed over it`() throws {
    let account = try Account(.inPlace)
    _ = try account.rotate()
    #expect(throws: AdminRotation.Interrupted.self) { try account.rotation(stopAfter: .sealed).rotate(named: account.role.name) }
    let sealed = try #require(account.fixture.vault.body.staticRoles["main/\(account.role.name)"]?.pending)
    let backend = try account.fixture.connector.ledger("test")
    try backend.query("SELECT pg_advisory_lock(hashtext('issuer static role'), hashtext($1))", [account.role.name])
    let refused = #expect(throws: APIError.self) { try account.rotate() }
    #expect(refused?.code == "conflict")
    #expect(account.fixture.vault.body.staticRoles["main/\(account.role.name)"]?.pending == sealed)
    // It commits, and goes.
    try AdminRotation.set(sealed, for: account.role.name, over: backend)
    try backend.query("SELECT pg_advisory_unlock_all()")
    _ = try account.rotate()
    #expect(try account.delivered().password == sealed.revealedUTF8())
    #expect(try account.opens(account.delivered()))
  }

  @Test func `a password that does not log in is taken back`() throws {
    let account = try Account(.inPlace)
    _ = try account.rotate()
    let before = try account.delivered()
    let superuser = try account.fixture.server.connect()
    try superuser.execute("ALTER ROLE \(Identifier(account.role.name)) CONNECTION LIMIT 0")
    #expect(throws: PostgresError.self) { try account.rotate() }
    try superuser.execute("ALTER ROLE \(Identifier(account.role.name)) CONNECTION LIMIT -1")
    #expect(account.opens(before))
    #expect(try account.delivered() == before)
  }
}
