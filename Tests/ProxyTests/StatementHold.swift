import PostgresClient
import TestSupport

/// Holds a statement in the server for as long as the test wants it to run.
struct StatementHold {
  private let connection: PostgresConnection
  private let key: Int

  init(_ server: PostgresServer) throws {
    connection = try server.connect()
    key = Int.random(in: 1...1_000_000_000)
    try connection.execute(script: "SELECT pg_advisory_lock(\(key))")
  }

  /// One row of a FROM clause, which comes when the hold has ended.
  var row: String { "pg_advisory_lock_shared(\(key))" }

  func end() throws { try connection.execute(script: "SELECT pg_advisory_unlock(\(key))") }
}
