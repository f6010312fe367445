import Foundation
import PostgresClient
import TestSupport

/// What a deployment governs, and by which policy.
struct Blueprint: Sendable {
  /// Governed databases.
  var databases: [String]
  /// Owns what scopes grant.
  var owner: String
  /// The server's version.
  var major = PostgresServer.defaultMajor
  /// Whom `issuerctl init` is given: a superuser, or a role that `prepare` makes with the superuser's password.
  var admin = PostgresServer.superuser
  /// Lines for postgresql.conf.
  var settings: [String] = []
  /// Makes the databases and their owner, as an application's operators would have.
  var prepare: @Sendable (PostgresServer) throws -> Void
  /// The text of policy.yaml; `dba` is the Unix user who runs the tests.
  var policy: String

  /// Runs psql on the server itself, as the superuser.
  @discardableResult
  static func psql(_ server: PostgresServer, _ database: String, _ arguments: [String], role: String? = nil) throws -> String {
    var environment = ["PGPASSWORD": server.superuserPassword]
    if let role { environment["PGOPTIONS"] = "-c role=\(role)" }
    let result = try ChildProcess.run(
      "psql",
      [
        "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", PostgresServer.host, "-p", String(server.port), "-U", "postgres", "-d",
        database,
      ]
        + arguments, environment: environment, seconds: 120)
    guard result.status == 0 else { throw ServerUnavailable(reason: "psql \(arguments): \(result.errors)") }
    return result.output
  }

  /// What operators close anyway, and what scopes would refuse or warn of.
  static func close(_ server: PostgresServer, _ databases: [String], keeping: String = "") throws {
    for database in databases {
      try psql(server, "postgres", ["-c", "REVOKE ALL ON DATABASE \(database) FROM PUBLIC"])
      if !keeping.isEmpty { try psql(server, "postgres", ["-c", "GRANT \(keeping) ON DATABASE \(database) TO PUBLIC"]) }
      try psql(server, database, ["-c", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"])
    }
    try psql(server, "postgres", ["-c", "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC"])
  }
}
