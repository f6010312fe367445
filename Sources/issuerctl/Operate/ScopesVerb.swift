import ArgumentParser
import IssuerAPI
import Policy

struct ScopesVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "scopes", abstract: "List the scopes that you may ask for, and on what terms.",
    discussion: """
      Operators and auditors see every scope: those without a rule are not theirs to ask for. STATE is ready, compiling or refused
      (`issuerctl policy check --live` says why). DATA is raw, masked (by PostgreSQL itself), or masked (enforcement: best-effort), on the
      wire alone. LIFETIME is what you get if you do not say, and the most that you can ask for.

      EXAMPLES
        issuerctl scopes
        issuerctl scopes --format json
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let page = try client.client().scopes()
    try output.write(page) {
      var table = Table(["SCOPE", "DATABASE", "STATE", "RULE", "LIFETIME", "APPROVALS", "DELIVERY", "DATA", "DESCRIPTION"])
      for scope in page.items {
        table.add([
          scope.name, scope.database, scope.state.rawValue, scope.rule ?? (scope.mayAsk ? "?" : "-"),
          scope.mayAsk
            ? "\(DurationText.text(scope.lifetimeSecondsDefault)), up to \(DurationText.text(scope.lifetimeSecondsMax))"
            : "-",
          scope.mayAsk ? String(scope.approvalsNeeded) + (scope.breakGlass ? " or break-glass" : "") : "-",
          scope.delivery.map(\.rawValue).joined(separator: ", "),
          scope.unmasked ? "raw" : EnforcementText.scope("masked", scope.enforcement),
          scope.message.isEmpty ? scope.description : scope.message,
        ])
      }
      table.write(empty: "There is no scope that you may ask for.")
    }
  }
}

struct WhoAmIVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "whoami", abstract: "Say whom the issuer takes you for.",
    discussion: """
      Your name and groups are those of policy's `identities:`; a Unix user is told by the kernel, a remote caller by the API token.

      EXAMPLE
        issuerctl whoami
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let me = try client.client().whoAmI()
    try output.write(me) {
      var facts = Facts()
      facts.add("Person", me.person)
      facts.add("Groups", me.groups.joined(separator: ", "))
      facts.add("Known by", me.proof == .token ? "API token, until \(me.tokenExpiresAt ?? "?")" : "Unix user")
      facts.add("May operate", me.operates ? "yes" : "no")
      facts.add("May audit", me.audits ? "yes" : "no")
      facts.write()
    }
  }
}
