/// `GET /v1/policy/live`: what the compiled scopes look like in the databases, and what would go round them.
public struct PolicyLive: Sendable, Equatable, Codable {
  /// BLAKE2b-256 of the policy file in force, hex.
  public var fingerprint: String
  public var loadedAt: String
  public var scopes: [LiveScope]

  public struct LiveScope: Sendable, Equatable, Codable {
    public var name: String
    public var database: String
    public var state: ScopeInfo.State
    /// `strict`, or `best-effort` where the proxy alone masks (docs/masking.md).
    public var enforcement: String
    public var findings: [ScopeFinding]
    public init(
      name: String, database: String, state: ScopeInfo.State, enforcement: String = "strict", findings: [ScopeFinding] = []
    ) {
      self.name = name
      self.database = database
      self.state = state
      self.enforcement = enforcement
      self.findings = findings
    }
  }

  public init(fingerprint: String, loadedAt: String, scopes: [LiveScope]) {
    self.fingerprint = fingerprint
    self.loadedAt = loadedAt
    self.scopes = scopes
  }
}

/// One thing that a scope's compilation found in the catalogs.
public struct ScopeFinding: Sendable, Equatable, Codable {
  public enum Severity: String, Sendable, Equatable, Codable, CaseIterable {
    /// The scope does not load.
    case refusal
    /// Worth knowing: a view left out, a pattern that matches nothing.
    case warning
    /// Would be a refusal, but a `trusted:` entry accepts it.
    case trusted
  }
  public var severity: Severity
  /// A stable word: `definer_function`, `public_select`, `public_temp`, `view_reads_masked`, ...
  public var kind: String
  /// The object, as PostgreSQL's `pg_identify_object` prints it.
  public var object: String
  public var message: String
  /// SQL that cures it; empty when there is none.
  public var cure: String

  public init(severity: Severity, kind: String, object: String, message: String, cure: String = "") {
    self.severity = severity
    self.kind = kind
    self.object = object
    self.message = message
    self.cure = cure
  }
}

/// `POST /v1/policy/reload` (operators). A policy that does not load leaves the old one in force: the answer is then an `APIError`
/// with code `invalid`.
public struct PolicyReloaded: Sendable, Equatable, Codable {
  public var fingerprint: String
  /// False when the file had not changed.
  public var changed: Bool
  public var live: PolicyLive
  public init(fingerprint: String, changed: Bool, live: PolicyLive) {
    self.fingerprint = fingerprint
    self.changed = changed
    self.live = live
  }
}

extension IssuerClient {
  public func livePolicy() throws(IssuerFailure) -> PolicyLive { try get("/v1/policy/live", timeoutSeconds: 120) }

  public func reloadPolicy() throws(IssuerFailure) -> PolicyReloaded { try post("/v1/policy/reload", timeoutSeconds: 600) }
}
