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
      proxies: Set(sessions.map(\.proxy)).union(seen.keys).sorted().map { name in
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

  /// Proves the lines of pg_hba.conf: a login as a role that may come by the proxy only has to be refused for the way it came, before any
  /// password is asked for. This host counts as past the proxy unless the proxy runs here.
  private func pastTheProxy() async throws -> StatusReport.Check {
    let name = "a proxy lease cannot log in past the proxy"
    let lines = try await pool.run { try $0.hbaLinesOfProxyLeases() }
    guard let lines else {
      return .init(
        name: name, outcome: .unknown, message: "the issuer may not read pg_hba_file_rules",
        next:
          "GRANT SELECT ON pg_hba_file_rules and EXECUTE ON FUNCTION pg_hba_file_rules() TO the issuer's admin, or look at pg_hba.conf"
      )
    }
    guard lines.contains("reject") else {
      return .init(
        name: name, outcome: .failed, message: "pg_hba.conf has no line that rejects +iss_via_proxy",
        next: "add the lines that `issuerctl init` printed, above the others, and reload PostgreSQL")
    }
    return .init(name: name, outcome: .ok, message: "pg_hba.conf rejects +iss_via_proxy after the proxy's own lines")
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
