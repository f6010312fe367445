import Foundation
import IssuerAPI
import Logging
import PostgresClient
import TestSupport
import Testing
import Vault

@testable import Issuer

/// Several people at once: the service is called as the routes call it, with the caller that a listener would have proved.
@Suite(.serialized) struct ApprovalTests {
  static let alice = Caller(person: IssuerFixture.user, groups: ["dba"], proof: .unixPeer)
  static let lead = Caller(person: "lead", groups: ["leads"], proof: .token)
  static let second = Caller(person: "second", groups: ["leads"], proof: .token)

  static let breakGlass = "breakGlass: {lifetimeMax: 20m, review: {groups: [leads]}, reviewWithin: 1h}"

  static let fixture = Task { () async throws -> (LedgerFixture, IssuerService) in
    let ledger = try LedgerFixture()
    let policy = IssuerFixture.policy.replacingOccurrences(
      of: "lifetime: {default: 5m, max: 8h}",
      with: "lifetime: {default: 5m, max: 8h}\n    approvals: [{count: 2, from: {groups: [leads]}}]\n    \(breakGlass)")
    try policy.write(toFile: ledger.directory + "/policy.yaml", atomically: true, encoding: .utf8)
    try ledger.server.connect(database: "shop").execute(
      script: """
        REVOKE TEMP ON DATABASE shop FROM PUBLIC; ALTER SCHEMA public OWNER TO shop_owner;
        SET ROLE shop_owner; CREATE TABLE public.customers (id int PRIMARY KEY, email text, city text);
        """)
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let daemon = IssuerDaemon(configuration: try .load(path: ledger.directory + "/issuerd.yaml"), logger: logger)
    return (ledger, try await daemon.start())
  }

  private func ask(_ service: IssuerService) async throws -> AccessRequest {
    try await service.ask(
      AccessRequestCreate(scope: "shop-read", reason: "test", idempotencyKey: UUID().uuidString), by: Self.alice)
  }

  @Test func `the last approval issues the lease, and only the requester gets the connection`() async throws {
    let (_, service) = try await Self.fixture.value
    let request = try await ask(service)
    #expect(request.state == .requested)
    #expect(request.lease == nil && request.connection == nil)
    #expect(request.message == "waits for approval: 2 of a member of leads" && request.decideBy != nil)
    #expect(try await service.request(request.id, for: Self.alice) == request, "the ledger tells it in the same words")
    #expect(try await service.approve(request.id, comment: "fine", by: Self.lead).state == .requested)
    let approved = try await service.approve(request.id, comment: nil, by: Self.second)
    #expect(approved.state == .active)
    #expect(approved.connection == nil)
    #expect(try await service.request(request.id, for: Self.alice).connection != nil)
  }

  @Test func `the record names the lease of an approved request before there is one`() async throws {
    let (ledger, service) = try await Self.fixture.value
    let request = try await ask(service)
    _ = try await service.approve(request.id, comment: nil, by: Self.lead)
    let lease = try #require(try await service.approve(request.id, comment: nil, by: Self.second).lease)
    let log = try FileManager.default.contentsOfDirectory(atPath: service.configuration.auditDirectory)
      .filter { $0.hasSuffix(".jsonl") }.sorted()
      .map { try String(contentsOfFile: service.configuration.auditDirectory + "/" + $0, encoding: .utf8) }.joined()
    let records = log.split(separator: "\n").filter { $0.contains(lease.id) }
    #expect(records.count == 2 && records[0].contains("begun") && records.allSatisfy { $0.contains(lease.role) })
    _ = ledger
  }

  @Test func `nobody decides on their own request, and one person fills one seat`() async throws {
    let (_, service) = try await Self.fixture.value
    let request = try await ask(service)
    await #expect(throws: APIError.self) { try await service.approve(request.id, comment: nil, by: Self.alice) }
    _ = try await service.approve(request.id, comment: nil, by: Self.lead)
    _ = try? await service.approve(request.id, comment: "once more", by: Self.lead)
    #expect(try await service.request(request.id, for: Self.alice).state == .requested)
  }

  @Test func `a denied request stays denied`() async throws {
    let (_, service) = try await Self.fixture.value
    let request = try await ask(service)
    #expect(try await service.deny(request.id, comment: "no", by: Self.lead).state == .denied)
    await #expect(throws: APIError.self) { try await service.approve(request.id, comment: nil, by: Self.second) }
  }

  @Test func `who asked can take it back, nobody else can`() async throws {
    let (_, service) = try await Self.fixture.value
    let request = try await ask(service)
    await #expect(throws: APIError.self) { try await service.cancel(request.id, by: Self.lead) }
    #expect(try await service.cancel(request.id, by: Self.alice).state == .cancelled)
  }

  @Test func `a stranger does not learn that a request exists`() async throws {
    let (_, service) = try await Self.fixture.value
    let request = try await ask(service)
    let stranger = Caller(person: "ci", groups: ["ci"], proof: .token)
    let failure = await #expect(throws: APIError.self) { try await service.request(request.id, for: stranger) }
    #expect(failure?.code == "not_found")
    #expect(try await service.requests(state: nil, all: false, for: stranger).items.isEmpty)
    #expect(try await service.requests(state: nil, all: false, for: Self.lead).items.contains { $0.id == request.id })
  }

  @Test func `what only operators may do is refused to others`() async throws {
    let (_, service) = try await Self.fixture.value
    await #expect(throws: APIError.self) { try await service.sweep(by: Self.lead) }
    await #expect(throws: APIError.self) { try await service.rotateAdmin(by: Self.lead) }
    await #expect(throws: APIError.self) {
      try await service.createToken(TokenCreate(identity: "ci", lifetimeSeconds: 3600), by: Self.lead)
    }
    await #expect(throws: APIError.self) { try await service.status(for: Self.lead) }
  }

  @Test func `a token stands for its identity until it is revoked`() async throws {
    let (_, service) = try await Self.fixture.value
    let made = try await service.createToken(TokenCreate(identity: "ci", lifetimeSeconds: 3600), by: Self.alice)
    #expect(try await service.caller(token: made.secret)?.person == "ci")
    #expect(try await service.caller(token: made.secret + "x") == nil)
    _ = try await service.revokeToken(made.token.id, by: Self.alice)
    #expect(try await service.caller(token: made.secret) == nil)
  }
}
