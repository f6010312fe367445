import Glibc
import Logging
import PostgresClient
import Sodium
import Vault

/// Makes connections as the issuer's admin: address from the configuration, password from the vault at the moment of use.
struct LedgerConnector: Sendable {
  /// Longer than any statement of the ledger takes, shorter than anybody waits.
  static let statementMilliseconds = 30_000

  let vault: Vault
  let cluster: String
  let keywords: [String: String]
  /// This process in the ledger; its connections hold the advisory lock of this name.
  let instance: String

  /// A connection to the ledger that holds the instance's lock: as long as it lives, nobody takes this issuer for dead.
  func ledger(_ purpose: String) throws -> PostgresConnection {
    let connection = try open(database: nil, purpose: purpose)
    try connection.connectionBegin(instance: instance, name: Self.hostName)
    return connection
  }

  /// A connection to the ledger before its functions are known to be there.
  func schema() throws -> PostgresConnection { try open(database: nil, purpose: "schema") }

  /// A connection to a governed database.
  func governed(_ database: String, _ purpose: String) throws -> PostgresConnection {
    try open(database: database, purpose: purpose)
  }

  /// Logs in with the passwords that may be right: in quiet times the first one is.
  private func open(database: String?, purpose: String) throws -> PostgresConnection {
    do {
      return try open(candidates()[0], database: database, purpose: purpose)
    } catch let error as PostgresError where error.isLoginRefusal {
      // Another issuer may have rotated the password, or a rotation was cut short: read the vault again and try all of them.
      try vault.reload()
      var last = error
      for candidate in try candidates() {
        do {
          return try open(candidate, database: database, purpose: purpose)
        } catch let error as PostgresError where error.isLoginRefusal {
          last = error
        }
      }
      throw last
    }
  }

  private func open(_ candidate: SecretBytes, database: String?, purpose: String) throws -> PostgresConnection {
    try PostgresConnection(try parameters(database: database, purpose: purpose)) { use in try candidate.withBytes(use) }
  }

  func parameters(database: String?, purpose: String) throws -> ConnectionParameters {
    var keywords = self.keywords
    keywords["user"] = try credential().user
    keywords["application_name"] = "issuerd \(purpose)"
    // The functions over the catalog look dear to the planner and touch few rows: compiling one took 1.1 s where it runs for 0.03 s.
    keywords["options"] =
      "-c statement_timeout=\(Self.statementMilliseconds) -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000 -c jit=off"
    keywords["keepalives_idle"] = "10"
    keywords["keepalives_interval"] = "5"
    keywords["tcp_user_timeout"] = "20000"
    if let database { keywords["dbname"] = database }
    return ConnectionParameters(keywords, connectSecondsMax: 5)
  }

  func credential() throws -> AdminCredential {
    guard let credential = vault.body.clusters[cluster] else {
      throw VaultError(
        .invalid, path: vault.path, message: "the vault holds no credential of the cluster \(cluster)",
        next: "run `issuerctl init --cluster \(cluster)`, or correct `cluster:` in issuerd.yaml")
    }
    return credential
  }

  /// Most probable first: the pending one is right after a rotation that was cut short once it had set it.
  private func candidates() throws -> [SecretBytes] {
    let secret = try credential().secret
    return [secret.current] + [secret.pending, secret.previous].compactMap { $0 }
  }

  static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension PostgresError {
  /// Whether the password (or user) was refused, as opposed to the server not being there.
  var isLoginRefusal: Bool { sqlState == .invalidPassword || sqlState == .invalidAuthorization }
}
