import ArgumentParser
import IssuerAPI

struct RunVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a command with access, for as long as it runs.",
    discussion: """
      Asks for the scope, runs the command with libpq's environment (PGHOST, PGUSER, ...), renews the lease while it runs, and revokes
      it when it ends. SIGINT, SIGTERM and SIGHUP are handed on to the command; its input and output are its own. Exits with the
      command's code, or 128 + n when signal n ended it.

      The password is in a temporary PGPASSFILE that only the command's user can read. With --tunnel there is none: PGHOST and
      DATABASE_URL lead to a Unix socket in a directory of the command's own, and whatever it connects there is logged in at the proxy
      for it. So should an AI agent's MCP server run, which then has no secret to give away.

      EXAMPLES
        issuerctl run ci-migrate --reason "deploy 2.4.1" -- ./migrate.sh
        issuerctl run ci-migrate --reason "deploy 2.4.1" --password-env -- rails db:migrate
        issuerctl run agent-read --reason "look into INC-4711" --tunnel --url-variable DB_URL -- mcp-alchemy
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var ask: AskOptions

  @Argument(help: "The scope.")
  var scope: String

  @Flag(help: "Also set PGPASSWORD and DATABASE_URL, for clients that read no password file.")
  var passwordEnv = false

  @Flag(help: "Let the command in by a socket without a password, and set DATABASE_URL to it.")
  var tunnel = false

  @Option(
    help: ArgumentHelp(
      "With --tunnel or --password-env: also set this variable to the URL. May be repeated.", valueName: "name"))
  var urlVariable: [String] = []

  @Flag(help: "Let the lease run out instead of renewing it.")
  var noRenew = false

  @Option(help: ArgumentHelp("Wait no longer than this for an approval.", valueName: "duration"))
  var wait: DurationArgument?

  @Argument(parsing: .postTerminator, help: "The command and its arguments, after `--`.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("name the command after `--`: issuerctl run SCOPE -- COMMAND") }
    if tunnel, passwordEnv { throw ValidationError("--tunnel is for commands that get no password: leave --password-env out") }
    if !urlVariable.isEmpty, !tunnel, !passwordEnv {
      throw ValidationError("--url-variable goes with --tunnel, or with --password-env")
    }
    for name in urlVariable where name.isEmpty || name.contains(where: { $0 == "=" || $0 == "\0" }) {
      throw ValidationError("--url-variable is the name of a variable, not \"\(name)\"")
    }
  }

  func perform() throws {
    let client = try client.client()
    let (request, connection) = try AccessAsking(client: client, waitSecondsMax: wait?.seconds).ask(ask.request(scope: scope))
    EnforcementText.warn(request.enforcement)
    throw try LeasedCommand(
      client: client, connection: connection, lease: request.lease, entrance: entrance, renews: !noRenew
    ).run(command)
  }

  private var entrance: Entrance {
    Entrance(kind: tunnel ? .tunnel : passwordEnv ? .passwordInEnvironment : .passwordFile, urlVariables: urlVariable)
  }
}
