import Foundation
import IssuerAPI
import OpenSSL
import Reactor
import Tunnel

/// The way to where a lease is good, as the issuer tells it, made ready for a tunnel.
struct LeaseRoute {
  let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  func access() throws -> TunnelAccess {
    do {
      return TunnelAccess(
        role: connection.user, database: connection.database, secret: WipedBytes(Array(connection.password.utf8)),
        host: connection.host, port: connection.port, tls: try context())
    } catch let error as SocketError {
      throw CommandFailure(.failure, error.message, next: error.next)
    }
  }

  /// libpq's `sslmode`; never less than it says. `prefer` and `allow` would let who stands between decide.
  private func context() throws -> TLSContext? {
    guard connection.sslMode != "disable" else { return nil }
    let verification = TLSContext.Verification(rawValue: connection.sslMode) ?? .require
    guard let certificate = connection.rootCertificate else {
      return try TLSContext(verification: verification, rootCertificateFile: nil)
    }
    // OpenSSL reads it from a file, once.
    let directory = try PrivateDirectory()
    defer { directory.remove() }
    return try TLSContext(verification: verification, rootCertificateFile: try directory.write("root.pem", certificate))
  }
}
