/// Who may ask for which scope, and on what terms.
public struct AccessRule: Sendable, Equatable, Codable {
  public var name: String
  public var who: Principals
  public var scopes: [String]
  public var lifetimeSecondsDefault: Int
  /// The longest that can be asked for at once.
  public var lifetimeSecondsMax: Int
  /// The furthest that renewals can move the deadline from the time of issue.
  public var ceilingSeconds: Int
  public var reason: TextRule
  public var ticket: TextRule
  /// Every one of them has to be fulfilled, and one person fills one seat. Empty grants at once.
  public var approvals: [ApprovalRule]
  /// A request that nobody decides by then is cancelled.
  public var decideWithinSeconds: Int
  /// Empty is at any time.
  public var windows: [TimeWindow]
  public var breakGlass: BreakGlass?

  public var approvalsNeeded: Int { approvals.reduce(0) { $0 + $1.count } }
}

/// Seats to be filled by people who approve, never by the requester.
public struct ApprovalRule: Sendable, Equatable, Codable {
  public var count: Int
  public var from: Principals
}

/// What a reason or a ticket must be.
public struct TextRule: Sendable, Equatable, Codable {
  public var isRequired: Bool
  public var pattern: TextPattern?
}

/// Access past the approvals, always with a review afterwards. Whoever has a review overdue cannot break glass again.
public struct BreakGlass: Sendable, Equatable, Codable {
  public var lifetimeSecondsMax: Int
  public var review: Principals
  public var reviewWithinSeconds: Int
}
