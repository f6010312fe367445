import ArgumentParser
import IssuerAPI

struct HardenVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "harden", abstract: "Print the SQL that cures what would go round the scopes' masks (operators, auditors).",
    discussion: """
      One script with the reason of each statement, and the `trusted:` entry of the policy that would accept the finding instead.
      Nothing is run: read it, then run it as a superuser or as the objects' owner, and reload the policy.

      EXAMPLES
        issuerctl harden --print > harden.sql
        issuerctl harden --print --database shop
      """)

  @OptionGroup var client: ClientOptions

  @Flag(help: "Write the script to standard output: the only thing this does.")
  var print = false

  @Option(help: "Only what concerns this database.")
  var database: String?

  func validate() throws {
    if !print { throw ValidationError("Nothing is run by this command; write --print to see the script.") }
  }

  func perform() throws {
    let live = try client.client().livePolicy()
    if let database, !live.scopes.contains(where: { $0.database == database }) {
      throw CommandFailure(.notFound, "no scope is on the database \(database)", next: "name one that `issuerctl scopes` shows")
    }
    Terminal.standardOutput.write(HardeningScript.text(live, database: database))
  }
}
