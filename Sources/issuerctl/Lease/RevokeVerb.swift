import ArgumentParser
import IssuerAPI

struct RevokeVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a lease now: its sessions are cut, its role goes.",
    discussion: """
      Your own, or anybody's for operators. Revoking what is over already is no error.

      EXAMPLES
        issuerctl revoke 3f2a9c01
        issuerctl revoke 3f2a9c01 --reason "laptop lost"
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The lease's id, or its beginning.")
  var lease: String

  @Option(help: ArgumentHelp("Why; the sessions are told.", valueName: "text"))
  var reason = "no longer needed"

  func perform() throws {
    let client = try client.client()
    let id = try Identifiers.lease(lease, client)
    let revoked = try client.revoke(id, reason: reason)
    try output.write(revoked) {
      Terminal.standardOutput.write(
        "The lease \(Identifiers.short(revoked.id)) of \(revoked.person) is over (\(revoked.state.rawValue)).")
    }
  }
}
