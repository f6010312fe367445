import ArgumentParser
import IssuerAPI

struct SessionsVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "sessions", abstract: "List proxied connections: yours.",
    discussion: """
      EXAMPLE
        issuerctl sessions --all
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Everybody's (operators and auditors).")
  var all = false

  func perform() throws {
    let page = try client.client().sessions(all: all)
    try output.write(page) {
      var table = Table(["ID", "PERSON", "SCOPE", "DATABASE", "FROM", "SINCE", "LEASE", "PROXY"])
      for session in page.items {
        table.add([
          Identifiers.short(session.id), session.person, EnforcementText.scope(session.scope, session.enforcement),
          session.database, session.clientAddress,
          session.startedAt,
          Identifiers.short(session.lease), session.proxy,
        ])
      }
      table.write(empty: "No sessions.")
    }
  }
}

struct KillVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Cut one session; its lease lives on.",
    discussion: """
      EXAMPLE
        issuerctl kill 77aa01bc --reason "runaway query"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The session's id, or its beginning.")
  var session: String

  @Option(help: ArgumentHelp("Why; the client is told.", valueName: "text"))
  var reason = "cut by an operator"

  func perform() throws {
    let client = try client.client()
    let id = try Identifiers.session(session, client)
    let killed = try client.kill(id, reason: reason)
    try output.write(killed) {
      Terminal.standardOutput.write("The session \(Identifiers.short(killed.id)) of \(killed.person) is cut.")
    }
  }
}
