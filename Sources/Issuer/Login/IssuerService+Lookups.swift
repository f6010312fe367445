import Policy
import PostgresClient

extension IssuerService {
  /// The key of a lease's equality look-ups, base64; nil where none of its masked columns may be looked up. It is the governed database's
  /// HMAC of the role's name, so nothing has to be kept here, and a proxy that is taken over can ask for the leases that it serves only.
  func lookupKey(_ lease: LeaseForLogin, _ tables: [MaskedTable]) async throws -> String? {
    guard tables.contains(where: { $0.columns.contains { $0.lookup != nil } }) else { return nil }
    return try await Blocking.run { [connector] in
      try connector.governed(lease.database, "look-ups")
        .query("SELECT encode(iss.lookup_key($1), 'base64') AS key", [lease.role]).single().string("key")
    }
  }
}
