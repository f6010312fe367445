import ArgumentParser
import IssuerAPI
import Policy

struct ApproveVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Approve a request of somebody else, or review a break-glass one.",
    discussion: """
      EXAMPLE
        issuerctl approve 3f2a9c01 --comment "agreed on the phone"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var decision: DecisionOptions

  func perform() throws {
    let client = try client.client()
    let request = try client.approve(decision.id(client), comment: decision.comment)
    try output.write(request) { decision.tell(request) }
  }
}

struct DenyVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "deny", abstract: "Deny a request of somebody else.",
    discussion: """
      EXAMPLE
        issuerctl deny 3f2a9c01 --comment "not on a Friday"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var decision: DecisionOptions

  func perform() throws {
    let client = try client.client()
    let request = try client.deny(decision.id(client), comment: decision.comment)
    try output.write(request) { decision.tell(request) }
  }
}

struct CancelVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Take back a request of your own.",
    discussion: """
      EXAMPLE
        issuerctl cancel 3f2a9c01
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var decision: DecisionOptions

  func perform() throws {
    let client = try client.client()
    let request = try client.cancel(decision.id(client), comment: decision.comment)
    try output.write(request) { decision.tell(request) }
  }
}

struct DecisionOptions: ParsableArguments {
  @Argument(help: "The request's id, or its beginning.")
  var request: String

  @Option(help: ArgumentHelp("Why; on the record, and shown to the requester.", valueName: "text"))
  var comment: String?

  func id(_ client: IssuerClient) throws -> String {
    try Identifiers.request(request, client)
  }

  func tell(_ request: AccessRequest) {
    let terminal = Terminal.standardOutput
    terminal.write(
      "Request \(Identifiers.short(request.id)) of \(request.person) for \(EnforcementText.scope(request.scope, request.enforcement)): \(terminal.styled(request.state.rawValue, .bold))"
    )
    terminal.write("  \(DurationText.text(request.lifetimeSeconds)), because: \(Terminal.clean(request.reason))")
    if !request.message.isEmpty { terminal.write("  " + Terminal.clean(request.message)) }
  }
}
