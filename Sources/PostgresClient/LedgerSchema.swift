/// Brings the ledger's schema to what sql/ says: each migration once, in order, and the functions whenever a file changed.
public struct LedgerSchema: Sendable {
  public let directory: SQLDirectory

  public init(_ directory: SQLDirectory) { self.directory = directory }

  /// Run by whoever starts, on database `issuer`, as its owner. Several may at once: an advisory lock lets one work.
  ///
  /// - Returns: the files that were run; empty when all was in place.
  @discardableResult
  public func install(on connection: PostgresConnection) throws -> [String] {
    try connection.transaction {
      // 0x697373 is "iss"; the other locks of the ledger are md5 halves, far away.
      try connection.query("SELECT pg_catalog.pg_advisory_xact_lock(6910835)")
      var run: [String] = []
      let known = try connection.query("SELECT pg_catalog.to_regclass('issuer.migration') IS NOT NULL AS known").single()
      let applied =
        try known.boolean("known")
        ? Set(connection.query("SELECT version FROM issuer.migration").rows.map { try $0.integer("version") }) : []
      let migrations = try directory.scripts(in: "migrations").compactMap { file in
        Int(file.dropFirst("migrations/".count).prefix { $0.isNumber }).map { (version: $0, file: file) }
      }
      let newest = migrations.map(\.version).max() ?? 0
      guard applied.allSatisfy({ $0 <= newest }) else {
        throw PostgresError(
          sqlState: "IS409", message: "the ledger is of a newer version than this program",
          hint: "run the newer version of the issuer")
      }
      for (version, file) in migrations where !applied.contains(version) {
        try connection.execute(script: directory.script(file))
        try connection.query("INSERT INTO issuer.migration (version, name) VALUES ($1, $2)", [String(version), file])
        run.append(file)
      }
      for file in try directory.scripts(in: "functions") {
        let text = try directory.script(file)
        let changed = try connection.query(
          """
          INSERT INTO issuer.function_file AS f (name, digest) VALUES ($1, pg_catalog.md5($2))
          ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, loaded_at = pg_catalog.clock_timestamp()
          WHERE f.digest <> excluded.digest RETURNING name
          """, [file, text])
        guard !changed.rows.isEmpty else { continue }
        try connection.execute(script: text)
        run.append(file)
      }
      return run
    }
  }
}
