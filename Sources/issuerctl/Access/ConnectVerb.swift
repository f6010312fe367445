import ArgumentParser
import IssuerAPI

struct ConnectVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "connect", abstract: "Ask for access, then run psql with it.",
    discussion: """
      Takes an active lease of yours for the scope, or asks for one. Without a scope: your only active lease, or the only scope that
      you may ask for. A lease that was made for this is revoked when psql ends. The password is in a file that only psql's user can
      read, and which is removed at the end.

      EXAMPLES
        issuerctl connect support-read --reason "INC-4711"
        issuerctl connect support-read --reason "INC-4711" -- -c "select count(*) from orders"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var ask: AskOptions

  @Argument(help: "The scope.")
  var scope: String?

  @Flag(help: "Leave the lease alive when psql ends.")
  var keep = false

  @Option(help: ArgumentHelp("The client to run instead of psql.", valueName: "program"))
  var program = "psql"

  @Argument(parsing: .postTerminator, help: "Arguments for psql, after `--`.")
  var arguments: [String] = []

  func perform() throws {
    let client = try client.client()
    let asking = AccessAsking(client: client)
    let leases = try client.leases().items.filter { $0.state == .active && (scope == nil || $0.scope == scope) }
    if let lease = leases.max(by: { $0.remainingSeconds < $1.remainingSeconds }), scope != nil || leases.count == 1,
      lease.delivery == .proxy
    {
      Terminal.standardError.write("Your lease \(Identifiers.short(lease.id)) for \(lease.scope) lasts until \(lease.deadline).")
      EnforcementText.warn(lease.enforcement)
      throw try LeasedCommand(
        client: client, connection: try client.credential(lease.requestID), lease: lease, revokesAtEnd: false
      )
      .run([program] + arguments)
    }
    let (request, connection) = try asking.ask(ask.request(scope: try scope ?? onlyScope(client)))
    if let lease = request.lease { Terminal.standardError.write("Granted until \(lease.deadline).") }
    EnforcementText.warn(request.enforcement)
    throw try LeasedCommand(client: client, connection: connection, lease: request.lease, revokesAtEnd: !keep).run(
      [program] + arguments)
  }

  private func onlyScope(_ client: IssuerClient) throws -> String {
    let scopes = try client.scopes().items.filter { $0.mayAsk && $0.state == .ready }
    guard scopes.count == 1, let scope = scopes.first else {
      throw CommandFailure(
        .failure,
        scopes.isEmpty ? "there is no scope that you may ask for" : "there are \(scopes.count) scopes that you may ask for",
        next: scopes.isEmpty ? "ask an operator" : "name one: " + scopes.map(\.name).joined(separator: ", "))
    }
    return scope.name
  }
}
