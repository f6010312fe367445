import Foundation
import IssuerAPI
import PostgresClient
import Testing

@testable import Issuer

/// Past the approvals, with a review afterwards that nobody can forget.
extension ApprovalTests {
  private func breakGlass(_ service: IssuerService, lifetimeSeconds: Int? = 600) async throws -> AccessRequest {
    try await service.ask(
      AccessRequestCreate(
        scope: "shop-read", lifetimeSeconds: lifetimeSeconds, reason: "the shop burns", breakGlass: true,
        idempotencyKey: UUID().uuidString), by: Self.alice)
  }

  private func reviewCheck(_ service: IssuerService) async throws -> StatusReport.Check? {
    try await service.status(for: Self.alice).checks.first { $0.name == "broken glass is reviewed" }
  }

  @Test func `broken glass gives a lease at once, and is shown until somebody else has reviewed it`() async throws {
    let (ledger, service) = try await Self.fixture.value
    #expect(try await reviewCheck(service)?.outcome == .ok)
    let tooLong = await #expect(throws: APIError.self) { try await breakGlass(service, lifetimeSeconds: 3600) }
    #expect(tooLong?.code == "lifetime_too_long" || tooLong?.message.contains("1200") == true, "\(String(describing: tooLong))")

    let request = try await breakGlass(service)
    #expect(request.state == .active && request.breakGlass && request.connection != nil)
    #expect(request.message.hasPrefix("past the approvals: a review is owed until "))
    #expect(try await service.request(request.id, for: Self.alice).message == request.message)
    #expect(try await reviewCheck(service)?.outcome == .warning)
    // Whoever asked, whoever may review and whoever operates sees it without asking for a state; a stranger does not.
    for caller in [Self.alice, Self.lead] {
      #expect(try await service.requests(state: nil, all: false, for: caller).items.contains { $0.id == request.id })
    }
    #expect(try await service.requests(state: nil, all: true, for: Self.alice).items.filter { $0.id == request.id }.count == 1)
    let stranger = Caller(person: "ci", groups: ["ci"], proof: .token)
    #expect(try await service.requests(state: nil, all: false, for: stranger).items.allSatisfy { $0.id != request.id })

    // The lease's end does not end what is owed; nobody reviews themselves.
    let lease = try #require(request.lease)
    #expect(try await service.revoke(lease.id, reason: "done", by: Self.alice).state == .dropped)
    await #expect(throws: APIError.self) { try await service.approve(request.id, comment: nil, by: Self.alice) }
    #expect(try await reviewCheck(service)?.outcome == .warning)

    // Overdue: it is a failed check, and the glass stays whole for them.
    try ledger.server.connect(database: "issuer").query(
      "UPDATE issuer.request SET created_at = created_at - interval '2 h' WHERE id = $1", [request.id])
    #expect(try await reviewCheck(service)?.outcome == .failed)
    let again = await #expect(throws: APIError.self) { try await breakGlass(service) }
    #expect(again?.message.contains("review") == true)

    let reviewed = try await service.approve(request.id, comment: "right so", by: Self.lead)
    #expect(reviewed.message == "reviewed by lead: right so")
    #expect(try await reviewCheck(service)?.outcome == .ok)
    #expect(try await service.requests(state: nil, all: false, for: Self.lead).items.allSatisfy { $0.id != request.id })
    let next = try await breakGlass(service)
    #expect(next.state == .active)
    _ = try await service.approve(next.id, comment: nil, by: Self.second)
  }
}
