import Foundation
import IssuerAPI

/// A lease as its holder sees it.
struct Grant: Sendable {
  let request: AccessRequest
  let lease: Lease
  let connection: Connection
  /// A password file with this lease alone.
  let passwordFile: String
  let authority: String

  /// libpq's environment, without the password.
  var environment: [String: String] {
    [
      "PGHOST": connection.host, "PGPORT": String(connection.port), "PGUSER": connection.user,
      "PGDATABASE": connection.database, "PGPASSFILE": passwordFile, "PGSSLMODE": connection.sslMode,
      "PGSSLROOTCERT": authority, "PGCONNECT_TIMEOUT": "20",
    ]
  }
}
