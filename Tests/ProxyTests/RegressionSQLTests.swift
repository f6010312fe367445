import Foundation
import TestSupport
import Testing

@testable import Proxy

/// PostgreSQL's own regression SQL gives through the proxy what it gives directly: a superuser without masks and guardrails, the same
/// file at the same time in two servers with the same history. What needs PostgreSQL's own C library of test functions fails in both.
@Suite(.serialized) struct RegressionSQLTests {
  /// What has most to do with the protocol; `ISSUER_SOAK` runs all, in the order of PostgreSQL's schedule.
  static let short = [
    "test_setup", "boolean", "copy", "copyselect", "copydml", "copy2", "transactions", "portals", "prepare", "errors",
    "largeobject", "async", "plpgsql", "psql", "prepared_xacts", "guc", "temp",
  ]

  /// What `scripts/regress-sql.sh` brings.
  static let directory: URL = {
    let environment = ProcessInfo.processInfo.environment
    if let given = environment["ISSUER_REGRESS_SQL"] { return URL(filePath: given) }
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
    return URL(filePath: cache).appending(path: "issuer-tests/regress-15")
  }()

  /// The files in PostgreSQL's order: some stand on what others made.
  private static func names() throws -> [String] {
    guard ProcessInfo.processInfo.environment["ISSUER_SOAK"] != nil else { return short }
    let schedule = try String(contentsOf: directory.appending(path: "parallel_schedule"), encoding: .utf8)
    return schedule.split(separator: "\n").filter { $0.hasPrefix("test:") }.flatMap {
      $0.dropFirst("test:".count).split(separator: " ").map(String.init)
    }
  }

  /// One server, and how psql gets to its database: through the proxy or not.
  private struct Side {
    let server: PostgresServer
    let port: Int
    let role: String
    let password: String

    func start(_ file: URL) throws -> ChildProcess {
      // As pg_regress does.
      try ChildProcess(
        "/bin/sh",
        [
          "-c", "psql -X -a -q -v HIDE_TABLEAM=on -v HIDE_TOAST_COMPRESSION=on \"$1\" 2>&1; echo psql: $?", "sh",
          "host=127.0.0.1 port=\(port) user=\(role) dbname=regression sslmode=disable",
        ],
        environment: [
          "PGPASSWORD": password, "PGTZ": "PST8PDT", "PGDATESTYLE": "Postgres, MDY", "PG_LIBDIR": "/nonexistent",
          "PG_DLSUFFIX": ".so", "PG_ABS_SRCDIR": server.directory + "/regress", "PG_ABS_BUILDDIR": server.directory + "/regress",
        ],
        input: String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    /// What must differ between two servers is taken out.
    func masked(_ output: String) -> String {
      output.replacing(server.directory, with: "DIRECTORY").replacing("port \(port)", with: "port PORT")
        .replacing(/(with PID |process )\d+/) { "\($0.1)PID" }
        .replacing(/pg_(temp|toast|toast_temp)_\d+/) { "pg_\($0.1)_N" }
    }
  }

  private static func makeServer() throws -> PostgresServer {
    let server = try PostgresServer(major: 15, settings: ["autovacuum = off", "timezone_abbreviations = 'Default'"])
    try server.connect().execute(
      script: "CREATE DATABASE regression TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    let copied = try ChildProcess.run(
      "/bin/sh",
      [
        "-ec", "mkdir -p \"$2/regress/results\"; cp -r \"$1/data\" \"$2/regress/\"; chmod -R a+rX,a+w \"$2/regress\"", "sh",
        directory.path, server.directory,
      ])
    #expect(copied.status == 0, "\(copied.errors)")
    return server
  }

  @Test func `PostgreSQL's own regression SQL gives through the proxy what it gives directly`() throws {
    try #require(
      FileManager.default.fileExists(atPath: Self.directory.appending(path: "data/onek.data").path), "run scripts/regress-sql.sh")
    let (plain, behind) = (try Self.makeServer(), try Self.makeServer())
    let world = try ProxyWorld(behind, plaintext: true, database: "regression", grants: ["ALTER ROLE $role SUPERUSER"])
    try plain.connect().execute(
      script: "CREATE ROLE \(world.role) LOGIN SUPERUSER PASSWORD '\(ProxyWorld.databasePassword)'")
    let direct = Side(server: plain, port: plain.port, role: world.role, password: ProxyWorld.databasePassword)
    let proxied = Side(server: behind, port: world.port, role: world.role, password: world.secret)
    var lines = 0
    for name in try Self.names() {
      let file = Self.directory.appending(path: name + ".sql")
      let (one, other) = (try direct.start(file), try proxied.start(file))
      let expected = direct.masked(try one.wait(seconds: 300).output)
      let found = proxied.masked(try other.wait(seconds: 300).output)
      lines += expected.split(separator: "\n").count
      if expected != found { Issue.record("\(name): \(try difference(expected, found, in: world.directory))") }
    }
    #expect(lines > 10_000 && world.service.metrics.value(.statements) > 3000, "the files ran, and by way of the proxy")
  }

  private func difference(_ expected: String, _ found: String, in directory: String) throws -> String {
    try expected.write(toFile: directory + "/direct", atomically: false, encoding: .utf8)
    try found.write(toFile: directory + "/proxied", atomically: false, encoding: .utf8)
    let said = try ChildProcess.run("diff", ["-U2", "direct", "proxied"], currentDirectory: directory).output
    let lines = said.split(separator: "\n")
    return (lines.prefix(40) + ["..."] + lines.dropFirst(40).suffix(20)).joined(separator: "\n")
  }
}
