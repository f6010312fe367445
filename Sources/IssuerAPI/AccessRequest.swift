/// `POST /v1/requests`: somebody wants a scope for a time and a reason. Answered by `AccessRequest`, whose `connection` is filled
/// in at once where policy needs no approval.
public struct AccessRequestCreate: Sendable, Equatable, Codable {
  public var scope: String
  /// Nil asks for the scope's default.
  public var lifetimeSeconds: Int?
  public var reason: String
  public var ticket: String?
  /// Nil asks for the scope's default, `proxy`.
  public var delivery: Delivery?
  /// Ask past the approvals; only where policy offers it, always with a review afterwards.
  public var breakGlass: Bool
  /// Chosen by the client: the same key is answered with the same request, whatever was lost on the way. 1 to 64 characters of
  /// `[A-Za-z0-9_-]`.
  public var idempotencyKey: String

  public init(
    scope: String, lifetimeSeconds: Int? = nil, reason: String, ticket: String? = nil, delivery: Delivery? = nil,
    breakGlass: Bool = false, idempotencyKey: String
  ) {
    self.scope = scope
    self.lifetimeSeconds = lifetimeSeconds
    self.reason = reason
    self.ticket = ticket
    self.delivery = delivery
    self.breakGlass = breakGlass
    self.idempotencyKey = idempotencyKey
  }
}

/// How a lease's holder reaches the database.
public enum Delivery: String, Sendable, Equatable, Codable, CaseIterable { case proxy, direct }

/// A request as the issuer tells it (`GET /v1/requests`, `GET /v1/requests/{id}?waitSeconds=`).
public struct AccessRequest: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Equatable, Codable, CaseIterable {
    case requested, approved, active, disabled, dropped, denied, cancelled, failed
  }
  public var id: String
  public var state: State
  public var person: String
  public var scope: String
  public var database: String
  public var delivery: Delivery
  /// `strict`, or `best-effort` where the proxy alone masks (docs/masking.md).
  public var enforcement: String
  public var lifetimeSeconds: Int
  public var reason: String
  public var ticket: String?
  public var breakGlass: Bool
  public var approvalsNeeded: Int
  public var approvals: [Approval]
  /// RFC 3339, the server's clock.
  public var createdAt: String
  /// A pending request that nobody decides by then is cancelled.
  public var decideBy: String?
  /// What happened and what to do next, for people: who may approve, why it was denied or failed.
  public var message: String
  public var lease: Lease?
  /// Only in answers to the requester, and only while the lease is active.
  public var connection: Connection?

  public struct Approval: Sendable, Equatable, Codable {
    public var approver: String
    public var decision: Decision
    public var comment: String?
    public var at: String
    public enum Decision: String, Sendable, Equatable, Codable { case approve, deny }
    public init(approver: String, decision: Decision, comment: String? = nil, at: String) {
      self.approver = approver
      self.decision = decision
      self.comment = comment
      self.at = at
    }
  }

  public init(
    id: String, state: State, person: String, scope: String, database: String, delivery: Delivery, enforcement: String = "strict",
    lifetimeSeconds: Int, reason: String, ticket: String? = nil, breakGlass: Bool = false, approvalsNeeded: Int,
    approvals: [Approval] = [],
    createdAt: String, decideBy: String? = nil, message: String = "", lease: Lease? = nil, connection: Connection? = nil
  ) {
    self.id = id
    self.state = state
    self.person = person
    self.scope = scope
    self.database = database
    self.delivery = delivery
    self.enforcement = enforcement
    self.lifetimeSeconds = lifetimeSeconds
    self.reason = reason
    self.ticket = ticket
    self.breakGlass = breakGlass
    self.approvalsNeeded = approvalsNeeded
    self.approvals = approvals
    self.createdAt = createdAt
    self.decideBy = decideBy
    self.message = message
    self.lease = lease
    self.connection = connection
  }
}

/// `POST /v1/requests/{id}/approve | deny | cancel`.
public struct ApprovalDecision: Sendable, Equatable, Codable {
  public var comment: String?
  public init(comment: String? = nil) { self.comment = comment }
}

extension IssuerClient {
  public func createRequest(_ request: AccessRequestCreate) throws(IssuerFailure) -> AccessRequest {
    try post("/v1/requests", request)
  }

  /// One's own, and those that one may decide; everybody's for operators and auditors.
  ///
  /// - Parameter state: nil for those that are still pending.
  public func requests(state: AccessRequest.State? = nil, all: Bool = false) throws(IssuerFailure) -> Page<AccessRequest> {
    try get("/v1/requests", [("state", state?.rawValue), ("all", all ? "true" : nil)])
  }

  /// - Parameter waitSeconds: answers sooner when the request is decided; at most 60.
  public func request(_ id: String, waitSeconds: Int = 0) throws(IssuerFailure) -> AccessRequest {
    try get(
      Self.path("/v1/requests/", id), [("waitSeconds", waitSeconds > 0 ? String(waitSeconds) : nil)],
      timeoutSeconds: waitSeconds + 30)
  }

  public func approve(_ id: String, comment: String? = nil) throws(IssuerFailure) -> AccessRequest {
    try post(Self.path("/v1/requests/", id, "/approve"), ApprovalDecision(comment: comment))
  }

  public func deny(_ id: String, comment: String? = nil) throws(IssuerFailure) -> AccessRequest {
    try post(Self.path("/v1/requests/", id, "/deny"), ApprovalDecision(comment: comment))
  }

  public func cancel(_ id: String, comment: String? = nil) throws(IssuerFailure) -> AccessRequest {
    try post(Self.path("/v1/requests/", id, "/cancel"), ApprovalDecision(comment: comment))
  }

  /// `POST /v1/requests/{id}/credential`: how to connect, once the lease is active. The password of a `direct` delivery is handed
  /// out once; the connect secret of a `proxy` one can be asked for again.
  public func credential(_ id: String) throws(IssuerFailure) -> Connection {
    try post(Self.path("/v1/requests/", id, "/credential"))
  }
}
