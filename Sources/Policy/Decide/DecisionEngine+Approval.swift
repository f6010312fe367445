/// Somebody wants to approve or deny a request, or to review a break-glass one.
public struct ApprovalQuestion: Sendable, Equatable {
  public var approver: Person
  /// The request's `person`.
  public var requester: String
  /// The request's access rule, as its `AccessGrant` named it.
  public var rule: String
  public var scope: String
  public var breakGlass: Bool
  /// Who approved already.
  public var approvedBy: [Person]

  public init(
    approver: Person, requester: String, rule: String, scope: String, breakGlass: Bool = false, approvedBy: [Person] = []
  ) {
    self.approver = approver
    self.requester = requester
    self.rule = rule
    self.scope = scope
    self.breakGlass = breakGlass
    self.approvedBy = approvedBy
  }
}

public enum ApprovalVerdict: Sendable, Equatable {
  /// With this approval these seats are still empty; none is left when the request is approved.
  case allowed(missing: [Principals])
  case refused(reason: String, next: String)
}

extension DecisionEngine {
  /// Whether somebody may approve (or, for break-glass, review) a request, and what is missing then. Denying asks the same.
  public func mayApprove(_ question: ApprovalQuestion) -> ApprovalVerdict {
    guard let rule = policy.access.first(where: { $0.name == question.rule && $0.scopes.contains(question.scope) }) else {
      return .refused(
        reason: "the policy no longer has the access rule \(question.rule) for the scope \(question.scope)",
        next: "the requester asks again")
    }
    guard question.approver.name != question.requester else {
      return .refused(
        reason: "nobody approves a request of their own", next: "another person has to: \(whoApproves(rule, question))")
    }
    if question.approvedBy.contains(where: { $0.name == question.approver.name }) {
      return .refused(
        reason: "\(question.approver.name) approved it already; one person fills one seat", next: "another person has to")
    }
    if question.breakGlass {
      guard let glass = rule.breakGlass, glass.review.contains(question.approver.name, groups: question.approver.groups) else {
        return .refused(
          reason: "\(question.approver.name) is not among its reviewers", next: "\(whoApproves(rule, question)) may review it")
      }
      return .allowed(missing: [])
    }
    guard rule.approvals.contains(where: { $0.from.contains(question.approver.name, groups: question.approver.groups) }) else {
      return .refused(
        reason: "\(question.approver.name) is not among its approvers", next: "\(whoApproves(rule, question)) may decide it")
    }
    let seats = ApprovalSeats(rule.approvals)
    let before = seats.missing(approvedBy: question.approvedBy)
    let after = seats.missing(approvedBy: question.approvedBy + [question.approver])
    guard after.count < before.count else {
      return .refused(
        reason: "the seats that \(question.approver.name) could fill are taken",
        next: "still missing: \(before.map(\.description).joined(separator: ", and "))")
    }
    return .allowed(missing: after)
  }

  private func whoApproves(_ rule: AccessRule, _ question: ApprovalQuestion) -> String {
    if question.breakGlass { return rule.breakGlass?.review.description ?? "nobody" }
    return rule.approvals.map(\.from.description).joined(separator: ", or ")
  }
}
