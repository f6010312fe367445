/// `GET /v1/status`: how the issuer is, as a person wants to read it.
public struct StatusReport: Sendable, Equatable, Codable {
  public var version: String
  public var cluster: String
  /// PostgreSQL's `server_version`.
  public var serverVersion: String
  /// RFC 3339, the server's clock.
  public var now: String
  public var startedAt: String
  /// The number of the last migration of sql/migrations that the ledger holds.
  public var ledgerVersion: Int
  /// BLAKE2b-256 of the policy file in force, hex.
  public var policyFingerprint: String
  public var policyLoadedAt: String
  public var pendingRequests: Int
  public var activeLeases: Int
  public var stuckLeases: Int
  public var sessions: Int
  public var lastSweepAt: String?
  public var adminRotatedAt: String?
  public var proxies: [ProxyStatus]
  public var checks: [Check]

  /// A proxy that has its event stream open, or had.
  public struct ProxyStatus: Sendable, Equatable, Codable {
    public var name: String
    public var connected: Bool
    public var sessions: Int
    public var lastSeenAt: String
    public init(name: String, connected: Bool, sessions: Int, lastSeenAt: String) {
      self.name = name
      self.connected = connected
      self.sessions = sessions
      self.lastSeenAt = lastSeenAt
    }
  }

  /// Something that was looked at, such as "a proxy lease cannot log in past the proxy".
  public struct Check: Sendable, Equatable, Codable {
    public enum Outcome: String, Sendable, Equatable, Codable, CaseIterable { case ok, warning, failed, unknown }
    public var name: String
    public var outcome: Outcome
    public var message: String
    /// Empty when all is well.
    public var next: String
    public init(name: String, outcome: Outcome, message: String, next: String = "") {
      self.name = name
      self.outcome = outcome
      self.message = message
      self.next = next
    }
  }

  public init(
    version: String, cluster: String, serverVersion: String, now: String, startedAt: String, ledgerVersion: Int,
    policyFingerprint: String, policyLoadedAt: String, pendingRequests: Int = 0, activeLeases: Int = 0, stuckLeases: Int = 0,
    sessions: Int = 0, lastSweepAt: String? = nil, adminRotatedAt: String? = nil, proxies: [ProxyStatus] = [],
    checks: [Check] = []
  ) {
    self.version = version
    self.cluster = cluster
    self.serverVersion = serverVersion
    self.now = now
    self.startedAt = startedAt
    self.ledgerVersion = ledgerVersion
    self.policyFingerprint = policyFingerprint
    self.policyLoadedAt = policyLoadedAt
    self.pendingRequests = pendingRequests
    self.activeLeases = activeLeases
    self.stuckLeases = stuckLeases
    self.sessions = sessions
    self.lastSweepAt = lastSweepAt
    self.adminRotatedAt = adminRotatedAt
    self.proxies = proxies
    self.checks = checks
  }
}

extension IssuerClient {
  public func status() throws(IssuerFailure) -> StatusReport { try get("/v1/status", timeoutSeconds: 60) }
}
