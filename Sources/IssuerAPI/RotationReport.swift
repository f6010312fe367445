/// `POST /v1/rotate/admin`, `POST /v1/rotate/static/{name}` (operators): what a rotation did.
public struct RotationReport: Sendable, Equatable, Codable {
  /// `admin`, or the static role's name in issuerd.yaml.
  public var target: String
  /// The PostgreSQL role whose password is a new one.
  public var role: String
  /// RFC 3339, the server's clock.
  public var rotatedAt: String
  /// When the schedule rotates it next; nil when nothing is scheduled.
  public var nextAt: String?
  /// What was done, in order, in sentences.
  public var steps: [String]

  public init(target: String, role: String, rotatedAt: String, nextAt: String? = nil, steps: [String] = []) {
    self.target = target
    self.role = role
    self.rotatedAt = rotatedAt
    self.nextAt = nextAt
    self.steps = steps
  }
}

extension IssuerClient {
  public func rotateAdmin() throws(IssuerFailure) -> RotationReport { try post("/v1/rotate/admin", timeoutSeconds: 120) }

  public func rotateStatic(_ name: String) throws(IssuerFailure) -> RotationReport {
    try post(Self.path("/v1/rotate/static/", name), timeoutSeconds: 120)
  }
}
