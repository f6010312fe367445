import ArgumentParser
import IssuerAPI

struct RunVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a command with access, for as long as it runs.",
    discussion: """
      Asks for the scope, runs the command with libpq's environment (PGHOST, PGUSER, ...) and a temporary PGPASSFILE that only its user
      can read, renews the lease while it runs, and revokes it when it ends. SIGINT, SIGTERM and SIGHUP are handed on to the command.
      Exits with the command's code, or 128 + n when signal n ended it.

      EXAMPLES
        issuerctl run ci-migrate --reason "deploy 2.4.1" -- ./migrate.sh
        issuerctl run ci-migrate --reason "deploy 2.4.1" --password-env -- rails db:migrate
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var ask: AskOptions

  @Argument(help: "The scope.")
  var scope: String

  @Flag(help: "Also set PGPASSWORD and DATABASE_URL, for clients that read no password file.")
  var passwordEnv = false

  @Flag(help: "Let the lease run out instead of renewing it.")
  var noRenew = false

  @Option(help: ArgumentHelp("Wait no longer than this for an approval.", valueName: "duration"))
  var wait: DurationArgument?

  @Argument(parsing: .postTerminator, help: "The command and its arguments, after `--`.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("name the command after `--`: issuerctl run SCOPE -- COMMAND") }
  }

  func perform() throws {
    let client = try client.client()
    let (request, connection) = try AccessAsking(client: client, waitSecondsMax: wait?.seconds).ask(ask.request(scope: scope))
    EnforcementText.warn(request.enforcement)
    throw try LeasedCommand(
      client: client, connection: connection, lease: request.lease, passwordInEnvironment: passwordEnv, renews: !noRenew
    ).run(command)
  }
}
