import ArgumentParser
import IssuerAPI
import Policy

struct ScopesVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "scopes", abstract: "List the scopes that you may ask for, and on what terms.",
    discussion: """
      EXAMPLE
        issuerctl scopes
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let page = try client.client().scopes()
    try output.write(page) {
      var table = Table(["SCOPE", "DATABASE", "STATE", "LIFETIME", "APPROVALS", "DELIVERY", "DATA", "DESCRIPTION"])
      for scope in page.items {
        table.add([
          scope.name, scope.database, scope.state.rawValue,
          scope.mayAsk
            ? "\(DurationText.text(scope.lifetimeSecondsDefault)), up to \(DurationText.text(scope.lifetimeSecondsMax))"
            : "not for you",
          String(scope.approvalsNeeded) + (scope.breakGlass ? " or break-glass" : ""),
          scope.delivery.map(\.rawValue).joined(separator: ", "),
          scope.unmasked ? "raw" : scope.enforcement == "strict" ? "masked" : "masked (\(scope.enforcement))",
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
