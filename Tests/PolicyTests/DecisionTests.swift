import Testing

@testable import Policy

@Suite struct DecisionTests {
  /// Monday 2026-08-03, 10:00 in Vienna.
  let monday = WallClock(secondsSince1970: 1_785_744_000)

  func ask(
    _ identity: String, _ scope: String, seconds: Int? = nil, reason: String = "why", ticket: String? = nil,
    delivery: ScopeDelivery? = nil, breakGlass: Bool = false, overdue: Int = 0, at: WallClock? = nil
  ) throws -> AccessDecision {
    let engine = try Examples.policy()
    let groups = engine.policy.identity(named: identity)?.groups ?? []
    return engine.decide(
      AccessQuestion(
        identity: identity, groups: groups, scope: scope, lifetimeSeconds: seconds, reason: reason, ticket: ticket,
        delivery: delivery, breakGlass: breakGlass, overdueReviews: overdue), at: at ?? monday)
  }

  func code(_ decision: AccessDecision) -> AccessDenial.Code? {
    if case .denied(let denial) = decision { denial.code } else { nil }
  }

  @Test func `a rule that fits grants at once with its default`() throws {
    guard case .granted(let grant) = try ask("alice", "read") else { throw Unexpected() }
    #expect(grant.rule == "support-reads")
    #expect(grant.lifetimeSeconds == 1800)
    #expect(grant.ceilingSeconds == 86_400)
    #expect(grant.approvalsNeeded == 0)
    #expect(grant.delivery == .proxy)
  }

  @Test func `what no rule offers is denied, and so is what does not exist`() throws {
    #expect(code(try ask("bob", "read")) == .notOffered)
    #expect(code(try ask("nobody", "read")) == .notOffered)
    #expect(code(try ask("alice", "reed")) == .unknownScope)
  }

  @Test func `a lifetime above the ceiling is denied, and one below a second as well`() throws {
    #expect(code(try ask("alice", "read", seconds: 28_800)) == nil)
    #expect(code(try ask("alice", "read", seconds: 28_801)) == .lifetimeTooLong)
    #expect(code(try ask("alice", "read", seconds: 0)) == .lifetimeTooLong)
    #expect(code(try ask("alice", "read", seconds: .min)) == .lifetimeTooLong)
  }

  @Test func `a reason that is required has to be there`() throws {
    #expect(code(try ask("alice", "read", reason: "")) == .textMissing)
    #expect(code(try ask("ci", "migrate", reason: "")) == nil)
  }

  @Test func `direct delivery is only for scopes that say so`() throws {
    #expect(code(try ask("alice", "read", delivery: .direct)) == .delivery)
    guard case .granted(let grant) = try ask("ci", "migrate", delivery: .direct) else { throw Unexpected() }
    #expect(grant.delivery == .direct)
    guard case .granted(let byDefault) = try ask("ci", "migrate") else { throw Unexpected() }
    #expect(byDefault.delivery == .proxy)
  }

  @Test func `a rule with approvals grants when they are in`() throws {
    guard case .granted(let grant) = try ask("alice", "write") else { throw Unexpected() }
    #expect(grant.approvalsNeeded == 2)
    #expect(grant.decideWithinSeconds == 7200)
    #expect(grant.approvers == "1 of a member of leads, and 1 of a member of security")
  }

  @Test func `breaking glass needs a reason and no overdue review, and is shorter`() throws {
    guard case .granted(let grant) = try ask("alice", "write", breakGlass: true) else { throw Unexpected() }
    #expect(grant.approvalsNeeded == 0)
    #expect(grant.review?.reviewWithinSeconds == 86_400)
    #expect(code(try ask("alice", "write", seconds: 1201, breakGlass: true)) == .lifetimeTooLong)
    #expect(code(try ask("alice", "write", breakGlass: true, overdue: 1)) == .reviewOverdue)
    #expect(code(try ask("alice", "write", reason: "", breakGlass: true)) == .textMissing)
    #expect(code(try ask("alice", "read", ticket: "INC-1234", breakGlass: true)) == .noBreakGlass)
  }

  @Test func `hours open and close in their time zone, and cut what is granted`() throws {
    func at(_ seconds: Int) throws -> AccessDecision { try ask("ci", "migrate", at: WallClock(secondsSince1970: seconds)) }
    let eight = 1_785_736_800
    #expect(code(try at(eight - 1)) == .outsideHours)
    #expect(code(try at(eight)) == nil)
    guard case .granted(let grant) = try at(eight + 10 * 3600 - 60) else { throw Unexpected() }
    #expect(grant.lifetimeSeconds == 60)
    #expect(grant.ceilingSeconds == 60)
    #expect(code(try at(eight + 10 * 3600)) == .outsideHours)
    #expect(code(try at(eight + 5 * 86_400 + 3600)) == .outsideHours)
  }

  @Test func `a window over midnight belongs to the day on which it starts`() {
    let window = TimeWindow(days: [.fri], startMinute: 22 * 60, endMinute: 6 * 60, timeZone: "UTC")
    let friday = 1_786_060_800
    #expect(window.secondsLeft(at: WallClock(secondsSince1970: friday + 22 * 3600)) == 8 * 3600)
    #expect(window.secondsLeft(at: WallClock(secondsSince1970: friday + 29 * 3600)) == 3600)
    #expect(window.secondsLeft(at: WallClock(secondsSince1970: friday + 30 * 3600)) == nil)
    #expect(window.secondsLeft(at: WallClock(secondsSince1970: friday + 5 * 3600)) == nil)
  }

  @Test func `a window in which clocks change ends at its local time`() {
    // 2026-10-25 03:00 CEST becomes 02:00 CET in Vienna.
    let window = TimeWindow(days: [.sun], startMinute: 0, endMinute: 12 * 60, timeZone: "Europe/Vienna")
    let midnight = 1_792_879_200
    #expect(window.secondsLeft(at: WallClock(secondsSince1970: midnight)) == 13 * 3600)
  }

  @Test func `a window of an unknown time zone is never open`() {
    let window = TimeWindow(days: TimeWindow.Day.allCases, startMinute: 0, endMinute: 1440, timeZone: "Nowhere/Land")
    #expect(window.secondsLeft(at: monday) == nil)
  }

  @Test(arguments: [
    ("INC-1234", true), ("INC-123", false), ("INC-12345", false), ("XINC-1234", false), ("INC-12a4", false), ("", true),
  ])
  func `a ticket has the form that the rule wants`(_ ticket: String, _ fits: Bool) throws {
    let decision = try Examples.policy().decide(
      AccessQuestion(identity: "alice", groups: ["support"], scope: "read", reason: "why", ticket: ticket), at: monday)
    #expect((code(decision) == nil) == fits)
  }

  @Test func `an explanation names each rule that was looked at`() throws {
    guard case .denied(let denial) = try ask("bob", "read") else { throw Unexpected() }
    #expect(denial.explanation.steps.map(\.rule) == ["access/support-reads"])
  }
}

struct Unexpected: Error {}
