import ArgumentParser
import IssuerAPI
import Policy

struct GrantVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "grant", abstract: "Ask for access and print a ready connection.",
    discussion: """
      Waits while an approval is pending, and shows who may give it. Ctrl-C cancels the request. Options are the same for connect
      and run. The text form shows the password; url, env, pgpass and service write what other programs read.

      EXAMPLES
        issuerctl grant support-read --for 30m --reason "INC-4711"
        eval "$(issuerctl grant support-read --reason INC-4711 --format env)"
        issuerctl grant support-write --reason "INC-4711" --no-wait   # prints the request's id, exits with 6
        issuerctl grant --request 3f2a9c01                            # picks it up once it is approved
        issuerctl grant support-write --reason "site is down" --break-glass

      EXIT CODES
        0 granted, 3 denied, 4 not found, 5 issuer unreachable, 6 still pending
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var ask: AskOptions

  @Argument(help: "The scope; `issuerctl scopes` lists those that you may ask for.")
  var scope: String?

  @Option(help: ArgumentHelp("Pick up a request made before, by its id.", valueName: "id"))
  var request: String?

  @Option(help: ArgumentHelp("text, json, url, env (shell), pgpass or service.", valueName: "format"))
  var format: ConnectionFormat = .text

  @Flag(help: "Do not wait for an approval: print the request and exit with 6.")
  var noWait = false

  @Option(help: ArgumentHelp("Wait no longer than this for an approval.", valueName: "duration"))
  var wait: DurationArgument?

  func validate() throws {
    if (scope == nil) == (request == nil) { throw ValidationError("name a scope, or a request with --request") }
  }

  func perform() throws {
    let asking = AccessAsking(client: try client.client(), waitSecondsMax: wait?.seconds)
    let first = try find(asking)
    if noWait, first.state == .requested || first.state == .approved {
      try writePending(first)
      throw ExitCode.pending
    }
    let (granted, connection) = try asking.wait(for: first)
    try write(granted, connection)
  }

  private func find(_ asking: AccessAsking) throws -> AccessRequest {
    if let request {
      let id = try Identifiers.request(request, asking.client)
      return try asking.client.request(id)
    }
    return try asking.send(ask.request(scope: scope ?? ""))
  }

  private func writePending(_ request: AccessRequest) throws {
    if format == .json { return try JSONText.write(request) }
    Terminal.standardOutput.write(request.id)
    Terminal.standardError.write("It waits for approval. \(Terminal.clean(request.message))")
    EnforcementText.warn(request.enforcement)
    Terminal.standardError.write("Later: issuerctl grant --request \(Identifiers.short(request.id))")
  }

  private func write(_ request: AccessRequest, _ connection: Connection) throws {
    let terminal = Terminal.standardOutput
    if format == .json {
      var whole = request
      whole.connection = connection
      return try JSONText.write(whole)
    }
    let text = ConnectionText(
      connection: connection, rootCertificateFile: try ConnectionText.keep(connection.rootCertificate, host: connection.host))
    switch format {
    case .url, .env, .pgpass, .service: EnforcementText.warn(request.lease?.enforcement ?? request.enforcement)
    case .text, .json: break
    }
    switch format {
    case .url: terminal.write(text.url)
    case .env: terminal.write(text.exports)
    case .pgpass: terminal.write(text.passwordLine)
    case .service: terminal.write(text.service(name: request.scope))
    case .text, .json:
      var facts = Facts()
      facts.add("Scope", "\(request.scope) on \(request.database)")
      if let lease = request.lease {
        facts.add("Lease", "\(lease.id), until \(lease.deadline) (\(DurationText.text(lease.remainingSeconds)))")
      }
      facts.add(
        "Enforcement",
        EnforcementText.words(request.enforcement).map { _ in "\(request.enforcement): masks are made on the wire alone" })
      facts.add("Host", connection.host)
      facts.add("Port", String(connection.port))
      facts.add("Database", connection.database)
      facts.add("User", connection.user)
      facts.add("Password", connection.password)
      facts.add("SSL mode", connection.sslMode)
      facts.add("Root certificate", text.rootCertificateFile)
      facts.write()
      if request.breakGlass { terminal.write(terminal.styled("The glass is broken: this access will be reviewed.", .yellow)) }
      if terminal.isInteractive {
        terminal.write(terminal.styled("Next time, straight to psql: issuerctl connect \(request.scope)", .dim))
      }
    }
  }
}
