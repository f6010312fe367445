import ArgumentParser
import IssuerAPI

struct StatusVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how the issuer is, and prove that there is no way past the proxy.",
    discussion: """
      Exits with 1 when a check failed.

      EXAMPLE
        issuerctl status --format json
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
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
    facts.add("Last sweep", status.lastSweepAt ?? "never")
    facts.add("Admin password", "rotated " + (status.adminRotatedAt ?? "never"))
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
