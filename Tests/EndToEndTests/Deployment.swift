import Foundation
import IssuerAPI
import PostgresClient
import Synchronization
import TestSupport

/// The whole product as operators run it: a PostgreSQL server with TLS, `issuerctl init`, a policy, issuerd, issuer-proxy, tokens.
/// As root the daemons run as two unprivileged users, from copies of the binaries. Everything is in one private directory and goes
/// with this object, or with the test process.
final class Deployment: Sendable {
  let server: PostgresServer
  let blueprint: Blueprint
  let place: Place
  /// What init said.
  let initialised: Place.Initialised
  /// Below the server's directory, which its keeper removes.
  let directory: String
  let issuer: Daemon
  let proxy: Daemon
  let proxyPort: Int
  let apiPort: Int
  let metricsPort: Int
  /// Every secret that this run made: nothing may ever show one.
  let secrets = Mutex<[String]>([])

  /// Numbers without names, so that nothing else runs as them; nil when the tests are not root.
  static let daemonUIDs: (issuer: UInt32, proxy: UInt32)? = getuid() == 0 ? (64_101, 64_102) : nil
  static let superuserURLUser = PostgresServer.superuser

  init(_ blueprint: Blueprint) throws {
    self.blueprint = blueprint
    server = try PostgresServer(major: blueprint.major, settings: ["autovacuum = off"] + blueprint.settings, tls: true)
    directory = server.directory + "/e2e"
    (proxyPort, apiPort, metricsPort) = (
      try PostgresServer.freePort(), try PostgresServer.freePort(), try PostgresServer.freePort()
    )
    place = Place(
      directory: directory, proxyPort: proxyPort, apiPort: apiPort, metricsPort: metricsPort, server: server, blueprint: blueprint
    )
    try place.makeDirectories()
    try blueprint.prepare(server)
    initialised = try place.initialise()
    try place.admit(initialised.hbaLines)
    try place.writeConfiguration(policy: blueprint.policy)
    try place.giveAway()
    issuer = try Daemon(
      [place.binary("issuerd"), "--config", directory + "/issuer/issuerd.yaml", "--log-format", "json"],
      logPath: directory + "/issuerd.log", uid: Self.daemonUIDs?.issuer)
    proxy = try Daemon(
      [place.binary("issuer-proxy"), "--config", directory + "/issuer/proxy.yaml"], logPath: directory + "/proxy.log",
      uid: Self.daemonUIDs?.proxy)
    remember(server.superuserPassword)
    try issuer.start()
    try awaitIssuer()
    try proxy.start()
    try awaitProxy()
    for person in Person.withTokens { try makeToken(person) }
  }

  deinit {
    proxy.release()
    issuer.release()
    server.stop()
  }

  func remember(_ secret: String) { secrets.withLock { $0.append(secret) } }

  func awaitIssuer() throws {
    do {
      // Compiling the scopes of a policy takes its time in a debug build on a busy machine.
      try eventually("issuerd to be ready", seconds: 120) {
        guard issuer.isRunning else { throw ServerUnavailable(reason: "issuerd ended") }
        return (try? client(.dba).checkReadiness()) != nil
      }
    } catch {
      throw ServerUnavailable(reason: "\(error)\n\(issuer.log.suffix(2000))")
    }
  }

  func awaitProxy() throws {
    let url = "http://127.0.0.1:\(metricsPort)/readyz"
    try eventually("issuer-proxy to be ready\n\(proxy.log.suffix(2000))", seconds: 60) {
      guard proxy.isRunning else { throw ServerUnavailable(reason: "issuer-proxy ended: \(proxy.log.suffix(2000))") }
      return try ChildProcess.run("curl", ["-fsS", "-m", "5", url]).status == 0
    }
  }

  private func makeToken(_ person: Person) throws {
    let made = try ctl(.dba, ["token", "create", person.rawValue, "--for", "8h", "--output", tokenFile(person)])
    guard made.status == 0 else { throw ServerUnavailable(reason: "token create: \(made.errors)") }
    remember(try token(person))
  }

  func tokenFile(_ person: Person) -> String { "\(directory)/people/\(person.rawValue)/token" }

  func token(_ person: Person) throws -> String {
    try String(contentsOfFile: tokenFile(person), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  var authority: String { server.authorityPath }
  var peopleSocket: String { directory + "/run/issuer.sock" }
  var policyPath: String { directory + "/issuer/policy.yaml" }
  func auditLog(_ writer: String) -> String { "\(directory)/log/\(writer)" }

  // MARK: Asking

  /// The interface as this person reaches it.
  func client(_ person: Person) throws -> IssuerClient {
    person == .dba
      ? IssuerClient(.unixSocket(peopleSocket))
      : IssuerClient(.https("https://localhost:\(apiPort)", authorityFile: authority), token: try token(person))
  }

  func environment(_ person: Person) -> [String: String] {
    let home = "\(directory)/people/\(person.rawValue)"
    let common = ["HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "ISSUER_DIRECTORY": directory + "/issuer"]
    let place =
      person == .dba
      ? ["ISSUER_SOCKET": peopleSocket]
      : [
        "ISSUER_URL": "https://localhost:\(apiPort)", "ISSUER_CA_FILE": authority, "ISSUER_TOKEN_FILE": tokenFile(person),
      ]
    return common.merging(place) { $1 }
  }

  /// issuerctl, as this person runs it.
  func start(
    _ person: Person, _ arguments: [String], input: String? = nil, environment extra: [String: String] = [:]
  ) throws -> ChildProcess {
    try ChildProcess(
      Binaries.path("issuerctl"), arguments, environment: environment(person).merging(extra) { $1 }, input: input)
  }

  func ctl(
    _ person: Person, _ arguments: [String], input: String? = nil, environment extra: [String: String] = [:],
    seconds: Double = 60
  ) throws -> ChildProcess.Result {
    try start(person, arguments, input: input, environment: extra).wait(seconds: seconds)
  }

  /// Asks by the command line, which must grant at once (or pick up what was approved).
  func grant(_ person: Person, _ arguments: [String]) throws -> Grant {
    let asked = try ctl(person, ["grant", "--format", "json"] + arguments)
    guard asked.status == 0 else { throw ServerUnavailable(reason: "grant \(arguments): \(asked.status) \(asked.errors)") }
    return try grant(JSONDecoder().decode(AccessRequest.self, from: Data(asked.output.utf8)))
  }

  func grant(_ person: Person, _ scope: String, for lifetime: String = "20m") throws -> Grant {
    try grant(person, [scope, "--for", lifetime, "--reason", "INC-1"])
  }

  private func grant(_ request: AccessRequest) throws -> Grant {
    guard let lease = request.lease, let connection = request.connection else {
      throw ServerUnavailable(reason: "no connection in \(request.state)")
    }
    remember(connection.password)
    let file = "\(directory)/people/\(lease.id).pgpass"
    let made = FileManager.default.createFile(
      atPath: file, contents: Data("*:*:*:\(connection.user):\(connection.password)\n".utf8),
      attributes: [.posixPermissions: 0o600])
    guard made else { throw ServerUnavailable(reason: "cannot write \(file)") }
    return Grant(request: request, lease: lease, connection: connection, passwordFile: file, authority: authority)
  }

  // MARK: Connecting

  /// psql, unaligned and without headers, that stops at nothing.
  func startPsql(_ grant: Grant, _ arguments: [String], input: String? = nil) throws -> ChildProcess {
    try ChildProcess("psql", ["-X", "-q", "-At"] + arguments, environment: grant.environment, input: input)
  }

  /// One psql session over these statements, each its own message.
  func psql(_ grant: Grant, _ statements: String..., seconds: Double = 60) throws -> ChildProcess.Result {
    try startPsql(grant, statements.flatMap { ["-c", $0] }).wait(seconds: seconds)
  }

  func psql(_ grant: Grant, input: String) throws -> ChildProcess.Result { try startPsql(grant, [], input: input).wait() }

  /// libpq, through the proxy (or directly, where the lease was delivered so).
  func connect(_ grant: Grant, _ keywords: [String: String] = [:]) throws -> PostgresConnection {
    let connection = grant.connection
    let parameters = ConnectionParameters(
      [
        "host": connection.host, "port": String(connection.port), "dbname": connection.database, "user": connection.user,
        "sslmode": connection.sslMode, "sslrootcert": authority,
      ], connectSecondsMax: 30)
    return try PostgresConnection(parameters.with(keywords)) { use in try use(Array(connection.password.utf8).span) }
  }

  /// What the server itself says, to its superuser.
  func truth(_ sql: String, _ parameters: [String?] = [], database: String = "postgres") throws -> [PostgresRow] {
    try server.connect(database: database).query(sql, parameters).rows
  }

  func count(_ sql: String, _ parameters: [String?] = [], database: String = "postgres") throws -> Int {
    Int(try truth(sql, parameters, database: database).first?[0] ?? "") ?? -1
  }

  func backends(of role: String) throws -> Int {
    try count("SELECT count(*) FROM pg_stat_activity WHERE usename = $1", [role])
  }

  func roleExists(_ role: String) throws -> Bool { try count("SELECT count(*) FROM pg_roles WHERE rolname = $1", [role]) == 1 }

  /// A Python client of Tests/EndToEndTests/Clients.
  func python(_ script: String, _ arguments: [String] = [], grant: Grant? = nil, input: String? = nil, seconds: Double = 120)
    throws
    -> ChildProcess.Result
  {
    try ChildProcess.run(
      Binaries.python, [Binaries.client(script)] + arguments, environment: grant?.environment ?? [:], input: input,
      seconds: seconds)
  }
}
