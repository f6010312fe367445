/// Somebody wants a scope.
public struct AccessQuestion: Sendable, Equatable {
  public var identity: String
  public var groups: [String]
  public var scope: String
  /// Nil asks for the rule's default.
  public var lifetimeSeconds: Int?
  public var reason: String
  public var ticket: String?
  /// Nil asks for the scope's first, which is `proxy` where it offers both.
  public var delivery: ScopeDelivery?
  public var breakGlass: Bool
  /// How many break-glass leases of this person were not reviewed in time, as the ledger knows.
  public var overdueReviews: Int

  public init(
    identity: String, groups: [String], scope: String, lifetimeSeconds: Int? = nil, reason: String = "", ticket: String? = nil,
    delivery: ScopeDelivery? = nil, breakGlass: Bool = false, overdueReviews: Int = 0
  ) {
    self.identity = identity
    self.groups = groups
    self.scope = scope
    self.lifetimeSeconds = lifetimeSeconds
    self.reason = reason
    self.ticket = ticket
    self.delivery = delivery
    self.breakGlass = breakGlass
    self.overdueReviews = overdueReviews
  }
}

public enum AccessDecision: Sendable, Equatable {
  case denied(AccessDenial)
  case granted(AccessGrant)
}

public struct AccessDenial: Error, Sendable, Equatable {
  /// Raw values are codes of the API's errors.
  public enum Code: String, Sendable, Equatable {
    case unknownScope = "unknown_scope"
    case notOffered = "not_offered"
    case outsideHours = "outside_hours"
    case delivery = "delivery_not_offered"
    case textMissing = "reason_required"
    case lifetimeTooLong = "lifetime_too_long"
    case noBreakGlass = "break_glass_not_offered"
    case reviewOverdue = "review_overdue"
  }
  public var code: Code
  /// A sentence for the person who asks.
  public var reason: String
  public var next: String
  public var explanation: Explanation
}

/// The terms on which somebody gets a scope. Only `DecisionEngine` makes it.
public struct AccessGrant: Sendable, Equatable {
  /// The access rule's name, to be kept with the request: approvals are judged by it.
  public let rule: String
  public let scope: String
  /// Counts from the time of issue.
  public let lifetimeSeconds: Int
  /// The furthest that renewals can move the deadline, from the time of issue.
  public let ceilingSeconds: Int
  public let delivery: ScopeDelivery
  /// Empty: issue at once.
  public let approvals: [ApprovalRule]
  public let decideWithinSeconds: Int
  /// Break-glass: who reviews it, and by when.
  public let review: BreakGlass?
  public let explanation: Explanation

  public var approvalsNeeded: Int { approvals.reduce(0) { $0 + $1.count } }

  /// For people: who has to say yes.
  public var approvers: String {
    approvals.map { "\($0.count) of \($0.from.description)" }.joined(separator: ", and ")
  }
}
