import Foundation
import PostgresClient
import Sodium
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Issuer

/// A cluster with a ledger and a vault, without a daemon.
final class LedgerFixture: Sendable {
  let server: PostgresServer
  let directory = "/tmp/issuer-test-\(UUID().uuidString.prefix(8).lowercased())"
  let vault: Vault
  let connector: LedgerConnector

  init() throws {
    server = try PostgresServer()
    try server.connect().execute(script: "CREATE ROLE shop_owner NOLOGIN")
    try server.connect().execute(script: "CREATE DATABASE shop OWNER shop_owner")
    _ = try Bootstrap.run(IssuerFixture.options(server, directory)) { _ in }
    let configuration = try IssuerConfiguration.load(path: directory + "/issuerd.yaml")
    vault = try Vault.open(at: configuration.vault.file, with: .keyFile(configuration.vault.keyFile))
    connector = LedgerConnector(
      vault: vault, cluster: "main", keywords: configuration.postgres.keywords, instance: IssuerService.newID())
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// As another process would: opens the vault anew, recovers, logs in.
  func startAgain() throws {
    let configuration = try IssuerConfiguration.load(path: directory + "/issuerd.yaml")
    let vault = try Vault.open(at: configuration.vault.file, with: .keyFile(configuration.vault.keyFile))
    let connector = LedgerConnector(
      vault: vault, cluster: "main", keywords: configuration.postgres.keywords, instance: IssuerService.newID())
    try AdminRotation(vault: vault, connector: connector).recover()
    #expect(try connector.credential().secret.pending == nil)
    try connector.ledger("test").query("SELECT 1")
  }
}

@Suite(.serialized) struct AdminRotationTests {
  static let fixture = Result { try LedgerFixture() }

  @Test(arguments: AdminRotation.Step.allCases)
  func `a rotation that was killed after a step logs in at the next start`(step: AdminRotation.Step) throws {
    let fixture = try Self.fixture.get()
    let rotation = AdminRotation(vault: fixture.vault, connector: fixture.connector) { reached in
      if reached == step { throw AdminRotation.Interrupted() }
    }
    #expect(throws: AdminRotation.Interrupted.self) { try rotation.rotate() }
    try fixture.startAgain()
    // And again from there, to its end.
    try fixture.vault.reload()
    _ = try AdminRotation(vault: fixture.vault, connector: fixture.connector).rotate()
    try fixture.startAgain()
  }

  @Test func `the old password opens nothing after a rotation`() throws {
    let fixture = try Self.fixture.get()
    let before = try fixture.connector.credential().secret.current
    _ = try AdminRotation(vault: fixture.vault, connector: fixture.connector).rotate()
    #expect(try fixture.connector.credential().secret.current != before)
    let parameters = try fixture.connector.parameters(database: nil, purpose: "test")
    let failure = #expect(throws: PostgresError.self) {
      _ = try PostgresConnection(parameters) { use in try before.withBytes(use) }
    }
    #expect(failure?.sqlState == .invalidPassword)
  }

  @Test func `a password that another issuer changed is found in the vault`() throws {
    let fixture = try Self.fixture.get()
    let configuration = try IssuerConfiguration.load(path: fixture.directory + "/issuerd.yaml")
    let vault = try Vault.open(at: configuration.vault.file, with: .keyFile(configuration.vault.keyFile))
    let other = LedgerConnector(
      vault: vault, cluster: "main", keywords: configuration.postgres.keywords, instance: IssuerService.newID())
    _ = try AdminRotation(vault: vault, connector: other).rotate()
    try fixture.connector.ledger("test").query("SELECT 1")
  }

  @Test func `no statement of the issuer's is compiled, which would take longer than it runs`() throws {
    let connector = try Self.fixture.get().connector
    for connection in [try connector.ledger("test"), try connector.governed("shop", "test")] {
      #expect(try connection.query("SHOW jit").single().string("jit") == "off")
    }
  }

  @Test func `init run twice changes nothing that works`() throws {
    let fixture = try Self.fixture.get()
    let steps = Mutex<[BootstrapStep]>([])
    _ = try Bootstrap.run(IssuerFixture.options(fixture.server, fixture.directory)) { step in steps.withLock { $0.append(step) } }
    let outcomes = Dictionary(grouping: steps.withLock { $0 }, by: \.outcome).mapValues { $0.map(\.subject) }
    #expect(outcomes[.already]?.contains("role issuer_admin") == true)
    #expect(outcomes[.already]?.contains("credential of issuer_admin") == true)
    try fixture.vault.reload()
    try fixture.connector.ledger("test").query("SELECT 1")
  }
}
