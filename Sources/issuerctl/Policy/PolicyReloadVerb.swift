import ArgumentParser
import Foundation
import IssuerAPI
import Policy

struct PolicyReloadVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Have issuerd load its policy file again (operators).",
    discussion: """
      A file that does not load leaves the old policy in force. Ends with 1 then, and if a database refuses a scope.

      EXAMPLE
        issuerctl policy check && issuerctl policy test && issuerctl policy reload
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  func perform() throws {
    let reloaded = try client.client().reloadPolicy()
    let refused = reloaded.live.scopes.filter { $0.state == .refused }.map(\.name)
    try output.write(reloaded) {
      Terminal.standardOutput.write(
        reloaded.changed
          ? "The policy \(reloaded.fingerprint.prefix(12)) is in force."
          : "The policy \(reloaded.fingerprint.prefix(12)) was in force already.")
      if !refused.isEmpty {
        Terminal.standardOutput.write(
          "Refused scopes: \(refused.joined(separator: ", ")); `issuerctl policy check --live` says why.")
      }
    }
    if !refused.isEmpty { throw ExitCode.failure }
  }
}

struct PolicyStarterVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "starter", abstract: "Print a commented policy to begin with.",
    discussion: """
      EXAMPLE
        issuerctl policy starter --cluster main --database shop > policy.yaml
      """)

  @Option(help: ArgumentHelp("The cluster's name, as in issuerd.yaml.", valueName: "name"))
  var cluster = "main"

  @Option(help: ArgumentHelp("A database of your applications.", valueName: "name"))
  var database: String

  @Option(help: ArgumentHelp("The Unix user who becomes operator; you if left out.", valueName: "name"))
  var user: String?

  func perform() throws {
    guard let text = StarterPolicy.text(cluster: cluster, database: database, unixUser: user ?? NSUserName()) else {
      throw CommandFailure(.failure, "these names cannot stand in a policy", next: "use letters, digits, `-`, `_` and `.`")
    }
    Terminal.standardOutput.write(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }
}
