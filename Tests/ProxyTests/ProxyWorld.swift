import Foundation
import IssuerAPI
import Logging
import OpenSSL
import Policy
import PostgresClient
import PostgresWire
import Proxy
import TestSupport

/// A real server, a role on it, and a proxy in between, for one test.
final class ProxyWorld: @unchecked Sendable {
  let server: PostgresServer
  let issuer: FixedIssuer
  let service: ProxyService
  let directory: String
  let role: String
  let secret = "connect-secret"
  /// Of the role at the server; only the proxy and tests that compare with the server itself use it.
  static let databasePassword = "database-password"
  let lease = UUID().uuidString
  private(set) var port = 0
  /// What the server behind the proxy has to know of the role.
  let keys: ScramKeys
  let salt: [UInt8]

  /// `plaintext`: no TLS towards the client. Worlds with one issuer are proxies beside each other; each has its own name.
  init(
    _ server: PostgresServer, issuer: FixedIssuer = FixedIssuer(), name: String = "test-proxy",
    policy: SessionPolicy = ProxyWorld.openPolicy, plaintext: Bool = false, database: String = "postgres",
    remainingMilliseconds: Int = 3_600_000,
    grants: [String] = [], lookupKey: (PostgresConnection, String) throws -> String? = { _, _ in nil },
    limits: (inout ProxyConfiguration) -> Void = { _ in }
  ) throws {
    self.server = server
    self.issuer = issuer
    role = "jit_alice_\(UUID().uuidString.prefix(8).lowercased())"
    directory = FileManager.default.temporaryDirectory.appending(path: "proxy-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    salt = randomBytes(16)
    keys = ScramKeys(password: Array(Self.databasePassword.utf8), salt: salt, iterations: 1)
    let admin = try server.connect()
    try admin.execute(script: "CREATE ROLE \(role) LOGIN PASSWORD '\(keys.verifier(salt: salt, iterations: 1).postgresText)'")
    // Two GRANTs on one object at once fail (XX000).
    try admin.execute(script: "SELECT pg_advisory_lock(1)")
    for grant in grants { try admin.execute(script: grant.replacing("$role", with: role)) }
    try admin.execute(script: "SELECT pg_advisory_unlock(1)")
    try Self.certificates(in: directory)
    var configuration = try ProxyConfiguration.parse(
      """
      name: \(name)
      listen:
        - tcp: 127.0.0.1:0
        - unix: \(directory)/.s.PGSQL.6432
      tls: { certificate: \(directory)/server.pem, key: \(directory)/server.key }
      allowPlaintext: \(plaintext)
      backend:
        host: \(PostgresServer.host)
        port: \(server.port)
        sslmode: \(FileManager.default.fileExists(atPath: server.authorityPath) ? "verify-full" : "disable")
        \(FileManager.default.fileExists(atPath: server.authorityPath) ? "rootCertificate: \(server.authorityPath)" : "")
      issuer: { socket: /nonexistent }
      audit: { directory: \(directory)/audit }
      limits: { drainSeconds: 1 }
      metrics: { listen: "127.0.0.1:0" }
      """, file: directory + "/proxy.yaml")
    limits(&configuration)
    issuer.add(
      role,
      .init(
        lease: lease, connectSecret: secret, keys: keys, salt: salt, iterations: 1, database: database, policy: policy,
        remainingMilliseconds: remainingMilliseconds, lookupKey: try lookupKey(admin, role)))
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    if ProcessInfo.processInfo.environment["PROXY_TEST_LOG"] != nil { logger = ProxyLog.make(configuration) }
    service = try ProxyService(configuration, issuer: issuer, logger: logger)
    try service.start()
    port = service.listenAddresses.first { $0.port > 0 }!.port
  }

  deinit {
    service.stop()
    try? FileManager.default.removeItem(atPath: directory)
  }

  static var openPolicy: SessionPolicy {
    SessionPolicy(scope: "test", guardrails: [], limits: SessionLimits(), maskedTables: [], recordsParameters: false)
  }

  /// Keywords for a client that comes through the proxy.
  func connection(_ more: String = "", user: String? = nil, sslMode: String = "verify-full") -> String {
    "host=127.0.0.1 port=\(port) user=\(user ?? role) dbname=postgres sslmode=\(sslMode) sslrootcert=\(directory)/ca.pem \(more)"
  }

  /// A libpq connection through the proxy.
  func connect() throws -> PostgresConnection {
    let parameters = ConnectionParameters(
      [
        "host": "127.0.0.1", "port": String(port), "user": role, "dbname": "postgres", "sslmode": "verify-full",
        "sslrootcert": directory + "/ca.pem",
      ], connectSecondsMax: 30)
    let secret = Array(secret.utf8)
    return try PostgresConnection(parameters) { use in try use(secret.span) }
  }

  /// Runs psql through the proxy.
  func psql(
    _ sql: [String], _ more: String = "", user: String? = nil, secret: String? = nil, sslMode: String = "verify-full",
    input: String? = nil
  ) throws -> ChildProcess.Result {
    try psqlProcess(sql, more, user: user, secret: secret, sslMode: sslMode, input: input).wait()
  }

  func psqlProcess(
    _ sql: [String], _ more: String = "", user: String? = nil, secret: String? = nil, sslMode: String = "verify-full",
    input: String? = nil
  ) throws -> ChildProcess {
    try ChildProcess(
      "psql",
      ["-X", "-At", "-v", "VERBOSITY=verbose", connection(more, user: user, sslMode: sslMode)] + sql.flatMap { ["-c", $0] },
      environment: ["PGPASSWORD": secret ?? self.secret], input: input)
  }

  /// Backends of the role, as the server sees them.
  func backends() throws -> Int {
    try server.connect().execute(script: "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '\(role)'").single().integer(
      "n")
  }

  /// Backends of the role that run a query with this word.
  func running(_ word: String) throws -> Int {
    try server.connect().execute(
      script:
        "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '\(role)' AND state = 'active' AND query LIKE '%\(word)%'"
    ).single().integer("n")
  }

  /// Ends the role's backends as an administrator would.
  func terminate() throws {
    _ = try server.connect().execute(
      script: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)'")
  }

  var audit: String {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/audit")) ?? []
    return files.filter { $0 != "lock" }.sorted().compactMap {
      try? String(contentsOfFile: directory + "/audit/" + $0, encoding: .utf8)
    }
    .joined()
  }

  private static func certificates(in directory: String) throws {
    let script = """
      set -e; cd "$1"; umask 077
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2 2>/dev/null
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost 2>/dev/null
      printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' > extension
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extension -out server.pem 2>/dev/null
      """
    guard try ChildProcess.run("/bin/sh", ["-c", script, "sh", directory]).status == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
  }
}
