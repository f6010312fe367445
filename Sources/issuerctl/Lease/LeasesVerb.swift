import ArgumentParser
import IssuerAPI
import Policy

struct LeasesVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "leases", abstract: "List leases: yours that are active.",
    discussion: """
      EXAMPLES
        issuerctl leases
        issuerctl leases --all --state dropped
        issuerctl leases --stuck     # those whose end does not get on, with the reason and what to do
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Everybody's (operators and auditors).")
  var all = false

  @Flag(help: "Only those whose end does not get on.")
  var stuck = false

  @Option(help: ArgumentHelp("active, disabled, dropped or failed.", valueName: "state"))
  var state: LeaseStateArgument?

  func perform() throws {
    let page = try client.client().leases(state: state?.state, stuck: stuck, all: all || stuck)
    try output.write(page) { stuck ? writeStuck(page.items) : write(page.items) }
    if page.truncated { Terminal.standardError.write("There are more; narrow it with --state.") }
  }

  private func write(_ leases: [Lease]) {
    var table = Table(["ID", "PERSON", "SCOPE", "DATABASE", "STATE", "LEFT", "DEADLINE", "WHY IT ENDED"])
    for lease in leases {
      table.add([
        Identifiers.short(lease.id), lease.person, EnforcementText.scope(lease.scope, lease.enforcement), lease.database,
        lease.state.rawValue,
        lease.state == .active ? DurationText.text(lease.remainingSeconds) : "", lease.deadline, lease.endReason ?? "",
      ])
    }
    table.write(empty: "No leases.")
  }

  private func writeStuck(_ leases: [Lease]) {
    if leases.isEmpty { return Terminal.standardError.write("No lease is stuck.") }
    for lease in leases {
      var facts = Facts()
      facts.add("Lease", "\(lease.id) of \(lease.person), role \(lease.role)")
      if let stuck = lease.stuck {
        facts.add("Step", "\(stuck.step), tried \(stuck.attempts) times, again at \(stuck.retryAt)")
        facts.add("Why", "\(stuck.sqlState) \(stuck.message)")
        facts.add("Next", stuck.next)
      }
      facts.write()
    }
  }
}

struct LeaseStateArgument: ExpressibleByArgument {
  var state: Lease.State
  init?(argument: String) {
    guard let state = Lease.State(rawValue: argument) else { return nil }
    self.state = state
  }
  static var allValueStrings: [String] { Lease.State.allCases.map(\.rawValue) }
}
