import IssuerAPI
import PostgresClient

extension IssuerService {
  func status(for caller: Caller) async throws -> StatusReport {
    try requireAuditor(caller, to: "see the issuer's status")
    let policy = try policies.current
    let facts = try await pool.run { try $0.facts() }
    let sessions = try await pool.run { try $0.sessions(person: nil, max: 100_000) }
    let connected = hub.connectedProxies
    let seen = proxiesSeen.withLock { $0 }
    return StatusReport(
      version: IssuerVersion.text, cluster: configuration.cluster, serverVersion: facts.serverVersion, now: facts.now,
      startedAt: startedAt, ledgerVersion: facts.ledgerVersion, policyFingerprint: policy.fingerprint,
      policyLoadedAt: policy.loadedAt,
      pendingRequests: facts.pendingRequests, activeLeases: facts.activeLeases, stuckLeases: facts.stuckLeases,
      sessions: sessions.count, lastSweepAt: sweeper.lastSweepAt, adminRotatedAt: adminRotatedAt.withLock { $0 },
      proxies: Set(sessions.map(\.proxy)).union(seen.keys).union(connected).sorted().map { name in
        StatusReport.ProxyStatus(
          name: name, connected: connected.contains(name), sessions: sessions.count { $0.proxy == name },
          lastSeenAt: connected.contains(name) ? facts.now : seen[name] ?? startedAt)
      }, checks: try await checks(policy, facts))
  }

  private func checks(_ policy: LoadedPolicy, _ facts: LedgerFacts) async throws -> [StatusReport.Check] {
    var checks: [StatusReport.Check] = []
    let refused = policy.policy.scopes.filter { policy.state(of: $0.name) != .ready }.map(\.name)
    checks.append(
      refused.isEmpty
        ? .init(name: "every scope is enforced", outcome: .ok, message: "\(policy.policy.scopes.count) scopes are loaded")
        : .init(
          name: "every scope is enforced", outcome: .failed, message: "not loaded: \(refused.joined(separator: ", "))",
          next: "issuerctl policy check --live"))
    checks.append(
      facts.stuckLeases == 0
        ? .init(name: "leases end", outcome: .ok, message: "none is stuck")
        : .init(
          name: "leases end", outcome: .warning, message: "\(facts.stuckLeases) do not get on", next: "issuerctl leases --stuck"))
    checks.append(try await pastTheProxy())
    return checks
  }

  /// Proves the lines of pg_hba.conf: a login as a proxied lease's role, without going by the proxy, has to be refused for the way it
  /// came (28000), before PostgreSQL looks at the password.
  private func pastTheProxy() async throws -> StatusReport.Check {
    let name = "a proxy lease cannot log in past the proxy"
    let lease = try await pool.run { try $0.leases(person: nil, states: ["active"], stuck: false, max: Self.listMax) }.first {
      $0.delivery == .proxy
    }
    guard let lease else {
      return .init(
        name: name, outcome: .unknown, message: "no proxy lease is active to try it with", next: "ask again during one")
    }
    let refusal = try await Blocking.run { [connector] () -> PostgresError? in
      let parameters = try connector.parameters(database: lease.database, purpose: "hba check").with(["user": lease.role])
      do {
        _ = try PostgresConnection(parameters) { use in try use(Array("not the password".utf8).span) }
        return nil
      } catch let error as PostgresError {
        return error
      }
    }
    switch refusal?.sqlState {
    case .invalidAuthorization:
      return .init(name: name, outcome: .ok, message: "PostgreSQL refuses \(lease.role) from here before asking for a password")
    case .invalidPassword, nil:
      return .init(
        name: name, outcome: .warning,
        message:
          "from this host PostgreSQL \(refusal == nil ? "lets anybody in" : "asks for the password"); right only if the proxy runs here",
        next: "add the lines that `issuerctl init` printed to pg_hba.conf, above the others, and reload PostgreSQL")
    default:
      return .init(name: name, outcome: .unknown, message: "the trial login failed otherwise: \(refusal?.message ?? "")")
    }
  }

  func metricsText() async throws -> String {
    let facts = try await pool.run { try $0.facts() }
    return metrics.text(gauges: [
      "issuer_requests_pending": facts.pendingRequests, "issuer_leases_active": facts.activeLeases,
      "issuer_leases_stuck": facts.stuckLeases, "issuer_proxies_connected": hub.connectedProxies.count,
    ])
  }
}

/// This build's version.
public enum IssuerVersion {
  public static let text = "0.1.0"
}
