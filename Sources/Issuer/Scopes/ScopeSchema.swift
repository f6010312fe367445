import PostgresClient

/// The schema `iss` of governed databases: the files that sql/scopes/install.sql lists, as one script.
public struct ScopeSchema: Sendable {
  /// All files in their order.
  public let script: String
  /// Changes whenever a file does; kept in the schema's comment.
  public let version: String

  /// Reads the files.
  ///
  /// - Throws: `58P01` when one is missing.
  public init(_ directory: SQLDirectory) throws(PostgresError) {
    // The list is psql's: a DBA runs the same file.
    var parts: [String] = []
    for line in try directory.script("scopes/install.sql").split(separator: "\n") where line.hasPrefix("\\ir ") {
      parts.append(try directory.script("scopes/" + line.dropFirst(4)))
    }
    script = parts.joined(separator: "\n")
    version = "issuer scopes " + Self.digest(script)
  }

  /// Installs or upgrades schema `iss` unless it is of this version already. The connection is the issuer's admin's, to the governed
  /// database, outside a transaction.
  ///
  /// - Throws: `PostgresError`; `42501` with the missing grant in its hint when the admin may not create schemas there.
  /// - Returns: whether it changed anything.
  @discardableResult
  public func install(on connection: PostgresConnection) throws -> Bool {
    if try installed(on: connection) == version { return false }
    try connection.transaction {
      // Two issuers may start at once: the second finds the first's work.
      try connection.query("SELECT pg_advisory_xact_lock(hashtext('issuer'), hashtext('scopes'))")
      if try installed(on: connection) == version { return }
      do {
        try connection.execute(script: script)
      } catch let error as PostgresError where error.sqlState == .insufficientPrivilege && error.hint == nil {
        throw PostgresError(
          sqlState: error.sqlState, message: error.message,
          hint: "run sql/bootstrap/governed.sql in this database as its owner", context: error.context)
      }
      try connection.execute("COMMENT ON SCHEMA iss IS \(Literal(version))")
    }
    return true
  }

  private func installed(on connection: PostgresConnection) throws(PostgresError) -> String? {
    try connection.query("SELECT obj_description(to_regnamespace('iss'), 'pg_namespace')").single()[0]
  }

  /// FNV-1a, 64 bits: tells versions apart, keeps nothing secret.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
