import ArgumentParser

struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Check, explain, test and reload the policy.",
    subcommands: [
      PolicyCheckVerb.self, PolicyExplainVerb.self, PolicyTestVerb.self, PolicyReloadVerb.self, PolicyStarterVerb.self,
    ])
}
