import ArgumentParser
import IssuerAPI
import Policy

struct RequestsVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "requests", abstract: "List requests: yours, and those that you may decide.",
    discussion: """
      EXAMPLES
        issuerctl requests
        issuerctl requests --all --state denied
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Everybody's (operators and auditors).")
  var all = false

  @Option(help: ArgumentHelp("requested, active, denied, cancelled, ...; pending ones if left out.", valueName: "state"))
  var state: RequestStateArgument?

  func perform() throws {
    let page = try client.client().requests(state: state?.state, all: all)
    try output.write(page) {
      var table = Table(["ID", "PERSON", "SCOPE", "FOR", "STATE", "APPROVALS", "ASKED", "REASON"])
      for request in page.items {
        let approvals = request.approvals.filter { $0.decision == .approve }.count
        table.add([
          Identifiers.short(request.id), request.person, EnforcementText.scope(request.scope, request.enforcement),
          DurationText.text(request.lifetimeSeconds),
          request.breakGlass ? request.state.rawValue + " (break-glass)" : request.state.rawValue,
          "\(approvals)/\(request.approvalsNeeded)", request.createdAt,
          [request.ticket, request.reason].compactMap(\.self).joined(separator: ": "),
        ])
      }
      table.write(empty: "No requests.")
    }
  }
}

struct RequestStateArgument: ExpressibleByArgument {
  var state: AccessRequest.State
  init?(argument: String) {
    guard let state = AccessRequest.State(rawValue: argument) else { return nil }
    self.state = state
  }
  static var allValueStrings: [String] { AccessRequest.State.allCases.map(\.rawValue) }
}
