import ArgumentParser
import IssuerAPI

struct StatusVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how the issuer is, and prove that there is no way past the proxy.",
    discussion: """
      For operators and auditors. The proof is a login that PostgreSQL must refuse, so each call leaves a line of that in its log.
      Exits with 1 when a check failed; what is unknown or only a warning is told, and is no failure.

      With --ready it only asks whether the issuer can issue (vault open, ledger reachable, policy loaded), which needs no rights:
      for health checks.

      EXAMPLES
        issuerctl status
        issuerctl status --format json
        issuerctl status --ready
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Only ask whether it can issue; prints nothing if so.")
  var ready = false

  func perform() throws {
    if ready { return try client.client().checkReadiness() }
    let status = try client.client().status()
    try output.write(status) { write(status) }
    if status.checks.contains(where: { $0.outcome == .failed }) { throw ExitCode.failure }
  }

  private func write(_ status: StatusReport) {
    var facts = Facts()
    facts.add("Issuer", "\(status.version), since \(status.startedAt)")
    facts.add("Cluster", "\(status.cluster), PostgreSQL \(status.serverVersion)")
    facts.add("Ledger", "version \(status.ledgerVersion)")
    facts.add("Policy", "\(status.policyFingerprint.prefix(12)), loaded \(status.policyLoadedAt)")
    facts.add("Requests", "\(status.pendingRequests) pending")
    facts.add("Leases", "\(status.activeLeases) active, \(status.stuckLeases) stuck")
    facts.add("Sessions", String(status.sessions))
    facts.add("Last sweep", status.lastSweepAt ?? "none since this start")
    facts.add("Admin password", status.adminRotatedAt.map { "rotated \($0)" } ?? "no rotation is on record")
    for proxy in status.proxies {
      facts.add(
        "Proxy \(proxy.name)",
        proxy.connected ? "connected, \(proxy.sessions) sessions" : "not connected, last seen \(proxy.lastSeenAt)")
    }
    facts.write()
    let terminal = Terminal.standardOutput
    for check in status.checks {
      let style: Terminal.Style =
        switch check.outcome {
        case .ok: .green
        case .failed: .red
        case .warning, .unknown: .yellow
        }
      terminal.write("\(terminal.styled(check.outcome.rawValue, style)) \(check.name): \(Terminal.clean(check.message))")
      if !check.next.isEmpty { terminal.write("  next: \(Terminal.clean(check.next))") }
    }
  }
}
