import Foundation
import Glibc
import IssuerAPI
import PostgresClient
import Synchronization

/// A lease with one live session.
///
/// The connection only has to stay open; nobody uses it from two threads, hence `@unchecked`.
final class LiveSession: @unchecked Sendable {
  let lease: Lease
  /// The server's process, asked for through the session itself: behind the proxy libpq knows another number.
  let backend: Int32
  private let connection: PostgresConnection

  init(_ client: IssuerClient, _ scope: String) throws {
    let request = try client.ask(scope)
    guard let lease = request.lease, let way = request.connection else { fail("the scope \(scope) needs an approval") }
    self.lease = lease
    connection = try PostgresConnection(
      ConnectionParameters([
        "host": way.host, "port": String(way.port), "dbname": way.database, "user": way.user, "sslmode": way.sslMode,
      ])
    ) { use in try use(Array(way.password.utf8).span) }
    backend = Int32(try connection.query("SELECT pg_backend_pid() AS pid").single().integer("pid"))
  }

  /// Waits until the kernel no longer has the backend. It takes its row out of pg_stat_activity before it exits, so this is the later
  /// moment, and looking costs the server nothing.
  func awaitEndOfBackend(secondsMax: Double = 30) {
    let deadline = now() + secondsMax * 1000
    // Another user's process answers EPERM: it is there.
    while kill(backend, 0) == 0 || errno == EPERM {
      guard now() < deadline else { fail("backend \(backend) of \(lease.role) is still there") }
      usleep(200)
    }
  }
}

/// Opens sessions, half of which are then revoked by `callers` threads while the other half stays. Each time is from the call until the
/// backend is gone.
func revoke(_ socket: String, _ scope: String, sessions: Int, callers: Int) throws -> Figures {
  let client = IssuerClient(.unixSocket(socket))
  let staying = try (0..<sessions).map { _ in try LiveSession(client, scope) }
  let ending = try (0..<sessions).map { _ in try LiveSession(client, scope) }
  let figures = timed(count: sessions, callers: callers) { _, call in
    _ = try client.revoke(ending[call].lease.id, reason: "benchmark")
    ending[call].awaitEndOfBackend()
  }
  for session in staying { _ = try client.revoke(session.lease.id, reason: "benchmark") }
  return figures
}

/// Opens connections as one role, says so on standard output, and keeps them until standard input ends. The password is the first line
/// of standard input.
func hold(_ count: Int, host: String, port: String, database: String, user: String) throws {
  guard let password = readLine(strippingNewline: true) else { fail("the password is expected on standard input") }
  let bytes = Array(password.utf8)
  let parameters = ConnectionParameters(["host": host, "port": port, "dbname": database, "user": user, "sslmode": "disable"])
  var open: [PostgresConnection] = []
  for _ in 0..<count {
    let connection = try PostgresConnection(parameters) { use in try use(bytes.span) }
    try connection.query("SELECT 1")
    open.append(connection)
  }
  FileHandle.standardOutput.write(Data("open \(open.count)\n".utf8))
  while readLine() != nil {}
}
