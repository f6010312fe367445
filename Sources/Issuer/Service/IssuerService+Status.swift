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
      sessions: sessions.count, lastSweepAt: sweeper.lastSweepAt, adminRotatedAt: facts.adminRotatedAt,
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
    let bestEffort = policy.policy.scopes.filter { $0.enforcement == .bestEffort }.map(\.name)
    if !bestEffort.isEmpty {
      checks.append(
        .init(
          name: "PostgreSQL itself masks", outcome: .warning,
          message: "enforcement: best-effort: \(bestEffort.joined(separator: ", "))",
          next: "scopes made of privileges are masked by PostgreSQL; docs/masking.md says what gets past best-effort masks"))
    }
    checks.append(
      facts.stuckLeases == 0
        ? .init(name: "leases end", outcome: .ok, message: "none is stuck")
        : .init(
          name: "leases end", outcome: .warning, message: "\(facts.stuckLeases) do not get on", next: "issuerctl leases --stuck"))
    checks.append(Self.reviews(facts))
    checks.append(try await pastTheProxy(policy))
    return checks
  }

  private static func reviews(_ facts: LedgerFacts) -> StatusReport.Check {
    let name = "broken glass is reviewed"
    let next = "who may review sees them in `issuerctl requests`; `issuerctl approve ID` is the review"
    if facts.reviewsOverdue > 0 {
      return .init(
        name: name, outcome: .failed, message: "\(facts.reviewsOwed) reviews are owed, \(facts.reviewsOverdue) of them overdue",
        next: next)
    }
    if facts.reviewsOwed > 0 {
      return .init(name: name, outcome: .warning, message: "\(facts.reviewsOwed) reviews are owed", next: next)
    }
    return .init(name: name, outcome: .ok, message: "no review is owed")
  }

  private func pastTheProxy(_ policy: LoadedPolicy) async throws -> StatusReport.Check {
    let ways = try await pool.run { try $0.waysOfProxyLeases() }
    let databases = policy.policy.databases.map(\.name)
    let answers = try await Blocking.run { [connector] in
      var answers: [(database: String, answer: ProxyBypassProbe.Answer)] = []
      for database in databases {
        let parameters = try connector.parameters(database: database, purpose: "proving pg_hba.conf")
        answers.append((database, ProxyBypassProbe.tryLogin(parameters)))
        // One hole is enough, and a server that is away would be waited for each time.
        if answers.last?.answer != .refused { break }
      }
      return answers
    }
    return ProxyBypassProbe.check(answers, ways)
  }

  func metricsText() async throws -> String {
    let facts = try await pool.run { try $0.facts() }
    return metrics.text(gauges: [
      "issuer_requests_pending": facts.pendingRequests, "issuer_leases_active": facts.activeLeases,
      "issuer_leases_stuck": facts.stuckLeases, "issuer_proxies_connected": hub.connectedProxies.count,
      "issuer_logins_known": knownLogins.count,
    ])
  }
}

/// This build's version.
public enum IssuerVersion {
  public static let text = "0.1.0"
}
