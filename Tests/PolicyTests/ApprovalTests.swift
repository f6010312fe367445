import Policy
import Testing

@Suite struct ApprovalTests {
  func approve(
    _ approver: String, of requester: String = "alice", after: [String] = [], breakGlass: Bool = false,
    rule: String = "support-writes"
  ) throws -> ApprovalVerdict {
    let engine = try Examples.policy()
    let person = { (name: String) in Person(name: name, groups: engine.policy.identity(named: name)?.groups ?? []) }
    return engine.mayApprove(
      ApprovalQuestion(
        approver: person(approver), requester: requester, rule: rule, scope: "write", breakGlass: breakGlass,
        approvedBy: after.map(person)))
  }

  func missing(_ verdict: ApprovalVerdict) -> Int? {
    if case .allowed(let missing) = verdict { missing.count } else { nil }
  }

  @Test func `one person in two groups fills one seat`() throws {
    #expect(missing(try approve("bob")) == 1)
    #expect(missing(try approve("bob", after: ["bob"])) == nil)
  }

  @Test func `people are seated so that all seats can be filled`() throws {
    // bob could sit for leads or security; with carol, who can only sit for leads, he sits for security.
    #expect(missing(try approve("carol", after: ["bob"])) == 0)
    #expect(missing(try approve("dora", after: ["bob"])) == 0)
    #expect(missing(try approve("dora", after: ["carol"])) == 0)
  }

  @Test func `nobody approves their own request`() throws {
    #expect(missing(try approve("bob", of: "bob")) == nil)
    #expect(missing(try approve("bob", of: "bob", breakGlass: true)) == nil)
  }

  @Test func `an approver who is not named may not`() throws {
    #expect(missing(try approve("ci")) == nil)
    #expect(missing(try approve("mallory")) == nil)
  }

  @Test func `a rule that is gone approves nothing`() throws {
    #expect(missing(try approve("bob", rule: "support-reads")) == nil)
  }

  @Test func `break-glass is reviewed by its reviewers`() throws {
    #expect(missing(try approve("dora", breakGlass: true)) == 0)
    #expect(missing(try approve("carol", breakGlass: true)) == nil)
  }
}
