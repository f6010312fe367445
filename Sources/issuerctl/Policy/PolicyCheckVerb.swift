import ArgumentParser
import IssuerAPI
import Policy

struct PolicyCheckVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read the policy file and tell everything that is wrong with it.",
    discussion: """
      With --live also asks issuerd what its compiled scopes look like in the databases, and what would go round them.

      EXAMPLES
        issuerctl policy check
        issuerctl policy check --file policy.yaml --live
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var place: PolicyPlace
  @OptionGroup var output: OutputOptions

  @Flag(help: "Also ask issuerd about the policy in force.")
  var live = false

  func perform() throws {
    let file = try place.load(client)
    for warning in file.warnings {
      PolicyPlace.write(warning, place.path(client), Terminal.standardError.styled("warning:", .yellow))
    }
    let policy = file.policy
    guard live else {
      return try output.write(policy) {
        Terminal.standardOutput.write(
          "\(place.path(client)): \(policy.scopes.count) scopes, \(policy.access.count) access rules, \(policy.identities.count) identities, \(file.expectations.count) tests: no errors"
        )
        for scope in policy.scopes where scope.enforcement != .strict {
          Terminal.standardOutput.write(
            "  \(EnforcementText.scope(scope.name, scope.enforcement.rawValue)): the role \(scope.role ?? "") holds raw columns, and masks are made on the wire alone"
          )
        }
      }
    }
    let found = try client.client().livePolicy()
    try output.write(found) { write(found) }
    if found.scopes.contains(where: { $0.state == .refused }) { throw ExitCode.failure }
  }

  private func write(_ live: PolicyLive) {
    let terminal = Terminal.standardOutput
    for scope in live.scopes {
      let state = terminal.styled(scope.state.rawValue, scope.state == .ready ? .green : scope.state == .refused ? .red : .yellow)
      terminal.write(
        "\(terminal.styled(EnforcementText.scope(scope.name, scope.enforcement), .bold)) on \(scope.database): \(state)")
      for finding in scope.findings {
        terminal.write("  \(finding.severity.rawValue) \(finding.kind): \(Terminal.clean(finding.object))")
        terminal.write("    \(Terminal.clean(finding.message))")
        for (number, line) in finding.cure.split(whereSeparator: \.isNewline).enumerated() {
          terminal.write("    \(number == 0 ? "cure:" : "     ") \(Terminal.clean(String(line)))")
        }
        if let entry = finding.trustedEntry {
          terminal.write("    or accept it, under `trusted:` of \(scope.database): \(Terminal.clean(entry))")
        }
      }
    }
  }
}
