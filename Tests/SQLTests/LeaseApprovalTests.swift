import Foundation
import PostgresClient
import TestSupport
import Testing

extension LedgerSuites {
  @Suite(.serialized) struct LeaseApproval {
    static let issue = "SELECT * FROM issuer.issue($1, $2, $3, $4, 1, 'key1', $5)"

    func issue(_ ledger: Ledger, _ request: String) throws -> PostgresRow {
      let role = "jit_approved_\(UUID().uuidString.prefix(8).lowercased())"
      return try ledger.query(Self.issue, [request, UUID().uuidString, role, LedgerFixture.verifier, LedgerFixture.mark]).single()
    }

    func state(_ ledger: Ledger, _ call: String, _ parameters: [String?]) throws -> String {
      try ledger.query("SELECT issuer.\(call) AS state", parameters).single().string("state")
    }

    @Test(arguments: PostgresServer.majors)
    func `a lease is issued only when as many others as policy says have approved`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let request = try ledger.grant(approvals: 2).request
      let early = #expect(throws: PostgresError.self) { try issue(ledger, request) }
      #expect(early?.sqlState == "IS410")
      let own = #expect(throws: PostgresError.self) { try state(ledger, "approve($1, 'alice', NULL)", [request]) }
      #expect(own?.sqlState == "IS403")
      #expect(try state(ledger, "approve($1, 'bob', 'fine')", [request]) == "requested")
      #expect(try state(ledger, "approve($1, 'bob', 'fine')", [request]) == "requested", "asked again, answered alike")
      let twice = #expect(throws: PostgresError.self) { try state(ledger, "approve($1, 'bob', 'once more')", [request]) }
      #expect(twice?.sqlState == "IS403")
      #expect(try state(ledger, "approve($1, 'carol', NULL)", [request]) == "approved")
      let first = try issue(ledger, request)
      let again = try issue(ledger, request)
      #expect(first["lease"] == again["lease"] && first["created"] == "t" && again["created"] == "f")
      let json = try ledger.query("SELECT issuer.request_json($1)::text AS j", [request]).single().string("j")
      #expect(json.contains(#""state": "active""#) && json.contains(#""approver": "carol""#))
    }

    @Test(arguments: PostgresServer.majors)
    func `a state that was set by hand does not replace the quorum`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let request = try ledger.grant(approvals: 1).request
      try ledger.query("UPDATE issuer.request SET state = 'approved' WHERE id = $1", [request])
      #expect(throws: PostgresError.self) { try issue(ledger, request) }
    }

    @Test(arguments: PostgresServer.majors)
    func `two approvers at once complete a quorum of two exactly once`(major: Int) async throws {
      let fixture = try LedgerFixture.of(major)
      let ledger = try fixture.ledger()
      for _ in 0..<5 {
        let request = try ledger.grant(approvals: 2).request
        let states = try await withThrowingTaskGroup(of: String.self) { group in
          for approver in ["bob", "carol"] {
            group.addTask {
              try fixture.ledger().query("SELECT issuer.approve($1, $2, NULL) AS state", [request, approver]).single().string(
                "state")
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(states.sorted() == ["approved", "requested"])
      }
    }

    @Test(arguments: PostgresServer.majors)
    func `denied, cancelled and undecided requests stay without a lease`(major: Int) throws {
      let ledger = try LedgerFixture.of(major).ledger()
      let denied = try ledger.grant(approvals: 1).request
      #expect(try state(ledger, "deny($1, 'bob', 'not now')", [denied]) == "denied")
      let late = #expect(throws: PostgresError.self) { try state(ledger, "approve($1, 'carol', NULL)", [denied]) }
      #expect(late?.sqlState == "IS410")

      let cancelled = try ledger.grant(approvals: 1).request
      let others = #expect(throws: PostgresError.self) { try state(ledger, "cancel($1, 'bob')", [cancelled]) }
      #expect(others?.sqlState == "IS403")
      #expect(try state(ledger, "cancel($1, 'alice')", [cancelled]) == "cancelled")

      let slow = try ledger.grant(approvals: 1, decideWithinSeconds: -1).request
      #expect(throws: PostgresError.self) { try state(ledger, "approve($1, 'bob', NULL)", [slow]) }
      #expect(try ledger.query("SELECT issuer.cancel_undecided()::text AS id").rows.contains { $0["id"] == slow.lowercased() })
      for request in [denied, cancelled, slow] {
        #expect(throws: PostgresError.self) { try issue(ledger, request) }
      }
    }
  }
}
