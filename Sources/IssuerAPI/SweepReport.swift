/// `POST /v1/sweep` (operators): what one sweep did.
public struct SweepReport: Sendable, Equatable, Codable {
  /// RFC 3339, the server's clock.
  public var startedAt: String
  public var durationMilliseconds: Int
  /// Pending requests whose time to be decided ran out.
  public var cancelledRequests: Int
  public var disabled: Int
  public var evictedBackends: Int
  public var cleanedDatabases: Int
  public var dropped: Int
  /// Roles with the issuer's mark but no lease, and leases without their role, put right.
  public var reconciled: Int
  /// Leases that did not get on: why, and when they are tried again.
  public var stuck: [StuckLease]
  /// What else was found, in sentences: roles left alone because their mark is not valid, shadows rebuilt, ...
  public var notes: [String]

  public struct StuckLease: Sendable, Equatable, Codable {
    public var lease: String
    public var role: String
    public var stuck: Lease.Stuck
    public init(lease: String, role: String, stuck: Lease.Stuck) {
      self.lease = lease
      self.role = role
      self.stuck = stuck
    }
  }

  public init(
    startedAt: String, durationMilliseconds: Int = 0, cancelledRequests: Int = 0, disabled: Int = 0, evictedBackends: Int = 0,
    cleanedDatabases: Int = 0, dropped: Int = 0, reconciled: Int = 0, stuck: [StuckLease] = [], notes: [String] = []
  ) {
    self.startedAt = startedAt
    self.durationMilliseconds = durationMilliseconds
    self.cancelledRequests = cancelledRequests
    self.disabled = disabled
    self.evictedBackends = evictedBackends
    self.cleanedDatabases = cleanedDatabases
    self.dropped = dropped
    self.reconciled = reconciled
    self.stuck = stuck
    self.notes = notes
  }
}

extension IssuerClient {
  public func sweep() throws(IssuerFailure) -> SweepReport { try post("/v1/sweep", timeoutSeconds: 600) }
}
