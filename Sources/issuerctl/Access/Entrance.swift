import Foundation
import IssuerAPI
import Reactor
import Tunnel

/// How a program that runs with a lease gets in: the environment that it finds.
struct Entrance {
  enum Kind {
    /// libpq's variables, and a password file that only its user can read.
    case passwordFile
    /// PGPASSWORD and DATABASE_URL as well, for clients that read no password file.
    case passwordInEnvironment
    /// A socket of its own, behind which nobody is asked for a password. The program never holds one.
    case tunnel
  }

  let kind: Kind
  /// Further variables that hold the URL.
  var urlVariables: [String] = []

  private static let socketPort = 5432
  /// What would lead libpq elsewhere, or around what it is given.
  private static let removed = [
    "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT",
    "PGREQUIREPEER",
  ]
  /// What cannot be had where nobody is asked who they are.
  private static let removedForTunnels = ["PGCHANNELBINDING", "PGREQUIREAUTH", "PGREQUIRESSL", "PGSSLNEGOTIATION"]

  /// The program's environment: ours, but for what leads to the database.
  /// - Parameters:
  ///   - directory: files with secrets are put into it.
  ///   - connection: what the issuer gave.
  func environment(_ directory: PrivateDirectory, _ connection: Connection) throws -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    for name in Self.removed { environment[name] = nil }
    var url: String?
    if kind == .tunnel {
      for name in Self.removedForTunnels { environment[name] = nil }
      environment["PGHOST"] = directory.path
      environment["PGPORT"] = String(Self.socketPort)
      environment["PGDATABASE"] = connection.database
      environment["PGUSER"] = connection.user
      environment["PGSSLMODE"] = "disable"
      url = LeasedTunnel.url(address(directory), port: Self.socketPort, database: connection.database)
    } else {
      let certificate = try connection.rootCertificate.map { try directory.write("root.pem", $0) }
      let text = ConnectionText(connection: connection, rootCertificateFile: certificate)
      for (name, value) in text.environment { environment[name] = value }
      environment["PGPASSFILE"] = try directory.write("pgpass", text.passwordLine + "\n")
      if kind == .passwordInEnvironment {
        environment["PGPASSWORD"] = connection.password
        url = text.url
      }
    }
    if let url { for name in ["DATABASE_URL"] + urlVariables { environment[name] = url } }
    return environment
  }

  /// The tunnel, where there is one, open.
  func open(_ directory: PrivateDirectory, _ connection: Connection) throws -> Tunnel? {
    guard kind == .tunnel else { return nil }
    let access = try LeaseRoute(connection).access()
    do throws(SocketError) { return try Tunnel(address(directory), gate: .open(access)) } catch {
      throw CommandFailure(.failure, error.message, next: error.next)
    }
  }

  private func address(_ directory: PrivateDirectory) -> TunnelAddress { .directory(directory.path, port: Self.socketPort) }
}
