/// A granted request: one ephemeral role, one deadline (`GET /v1/leases`, `GET /v1/leases/{id}`).
public struct Lease: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Equatable, Codable, CaseIterable { case active, disabled, dropped, failed }
  public var id: String
  public var requestID: String
  public var state: State
  public var person: String
  public var scope: String
  public var database: String
  public var role: String
  public var delivery: Delivery
  /// `strict`, or `best-effort` where the proxy alone masks (docs/masking.md).
  public var enforcement: String
  /// RFC 3339, the server's clock.
  public var issuedAt: String
  public var deadline: String
  /// Seconds left when the answer was made; 0 when it is over.
  public var remainingSeconds: Int
  /// The furthest that `renew` may move the deadline.
  public var ceiling: String
  public var endedAt: String?
  /// `expired`, `revoked by NAME: ...`, ...
  public var endReason: String?
  /// Why the end of the lease does not get on, and how often it was tried (`leases --stuck`).
  public var stuck: Stuck?

  public struct Stuck: Sendable, Equatable, Codable {
    public var step: String
    public var attempts: Int
    public var sqlState: String
    public var message: String
    public var next: String
    public var retryAt: String
    public init(step: String, attempts: Int, sqlState: String, message: String, next: String, retryAt: String) {
      self.step = step
      self.attempts = attempts
      self.sqlState = sqlState
      self.message = message
      self.next = next
      self.retryAt = retryAt
    }
  }

  public init(
    id: String, requestID: String, state: State, person: String, scope: String, database: String, role: String,
    delivery: Delivery, enforcement: String = "strict",
    issuedAt: String, deadline: String, remainingSeconds: Int, ceiling: String, endedAt: String? = nil, endReason: String? = nil,
    stuck: Stuck? = nil
  ) {
    self.id = id
    self.requestID = requestID
    self.state = state
    self.person = person
    self.scope = scope
    self.database = database
    self.role = role
    self.delivery = delivery
    self.enforcement = enforcement
    self.issuedAt = issuedAt
    self.deadline = deadline
    self.remainingSeconds = remainingSeconds
    self.ceiling = ceiling
    self.endedAt = endedAt
    self.endReason = endReason
    self.stuck = stuck
  }
}

/// `POST /v1/leases/{id}/renew`.
public struct LeaseRenewal: Sendable, Equatable, Codable {
  /// From now; nil asks for the original lifetime again.
  public var lifetimeSeconds: Int?
  public init(lifetimeSeconds: Int? = nil) { self.lifetimeSeconds = lifetimeSeconds }
}

/// `POST /v1/leases/{id}/revoke`.
public struct LeaseRevocation: Sendable, Equatable, Codable {
  public var reason: String
  public init(reason: String) { self.reason = reason }
}

/// How to connect. `password` is the lease's connect secret for `proxy` (worth nothing at the database itself), the role's own
/// password for `direct`. Never logged.
public struct Connection: Sendable, Equatable, Codable {
  public var host: String
  public var port: Int
  public var database: String
  public var user: String
  public var password: String
  /// libpq's `sslmode`.
  public var sslMode: String
  /// PEM text of the authority to verify the server with; nil for the system's.
  public var rootCertificate: String?

  public init(
    host: String, port: Int, database: String, user: String, password: String, sslMode: String, rootCertificate: String? = nil
  ) {
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.password = password
    self.sslMode = sslMode
    self.rootCertificate = rootCertificate
  }
}

extension IssuerClient {
  /// One's own active leases.
  ///
  /// - Parameters:
  ///   - state: nil for active ones.
  ///   - stuck: only those whose end does not get on.
  ///   - all: everybody's, for operators and auditors.
  public func leases(state: Lease.State? = nil, stuck: Bool = false, all: Bool = false) throws(IssuerFailure) -> Page<Lease> {
    try get("/v1/leases", [("state", state?.rawValue), ("stuck", stuck ? "true" : nil), ("all", all ? "true" : nil)])
  }

  public func lease(_ id: String) throws(IssuerFailure) -> Lease { try get(Self.path("/v1/leases/", id)) }

  public func renew(_ id: String, lifetimeSeconds: Int? = nil) throws(IssuerFailure) -> Lease {
    try post(Self.path("/v1/leases/", id, "/renew"), LeaseRenewal(lifetimeSeconds: lifetimeSeconds))
  }

  /// One's own, anybody's for operators. Idempotent.
  public func revoke(_ id: String, reason: String) throws(IssuerFailure) -> Lease {
    try post(Self.path("/v1/leases/", id, "/revoke"), LeaseRevocation(reason: reason))
  }
}
