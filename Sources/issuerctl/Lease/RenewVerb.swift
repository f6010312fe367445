import ArgumentParser
import IssuerAPI
import Policy

struct RenewVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "renew", abstract: "Move the deadline of a lease, within policy's ceiling.",
    discussion: """
      Your own leases; the ceiling is the access rule's, counted from the time of issue. `issuerctl run` renews by itself.

      EXAMPLE
        issuerctl renew 3f2a9c01 --for 30m
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The lease's id, or its beginning.")
  var lease: String

  @Option(name: .customLong("for"), help: ArgumentHelp("From now; the original lifetime if left out.", valueName: "duration"))
  var lifetime: DurationArgument?

  func perform() throws {
    let client = try client.client()
    let id = try Identifiers.lease(lease, client)
    let renewed = try client.renew(id, lifetimeSeconds: lifetime?.seconds)
    try output.write(renewed) {
      Terminal.standardOutput.write(
        "The lease \(Identifiers.short(renewed.id)) lasts until \(renewed.deadline) (\(DurationText.text(renewed.remainingSeconds)))."
      )
    }
  }
}
