import ArgumentParser
import IssuerAPI

struct SweepVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "End what is over, and put ledger and roles in step (operators).",
    discussion: """
      issuerd sweeps by itself; this does it now and says what it did. Exits with 1 when a lease is stuck.

      EXAMPLE
        issuerctl sweep
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let report = try client.client().sweep()
    try output.write(report) {
      var facts = Facts()
      facts.add("Requests cancelled", String(report.cancelledRequests))
      facts.add("Leases disabled", String(report.disabled))
      facts.add("Backends ended", String(report.evictedBackends))
      facts.add("Databases cleaned", String(report.cleanedDatabases))
      facts.add("Roles dropped", String(report.dropped))
      facts.add("Reconciled", String(report.reconciled))
      facts.add("Took", "\(report.durationMilliseconds) ms")
      for stuck in report.stuck {
        facts.add("Stuck", "\(stuck.role) at \(stuck.stuck.step): \(stuck.stuck.message); \(stuck.stuck.next)")
      }
      for note in report.notes { facts.add("Note", note) }
      facts.write()
    }
    if !report.stuck.isEmpty { throw ExitCode.failure }
  }
}
