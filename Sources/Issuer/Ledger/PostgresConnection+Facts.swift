import PostgresClient

/// Numbers for `status` and `/metrics`.
struct LedgerFacts: Sendable {
  var serverVersion: String
  var now: String
  var ledgerVersion: Int
  var pendingRequests: Int
  var activeLeases: Int
  var stuckLeases: Int
}

extension PostgresConnection {
  func facts() throws -> LedgerFacts {
    let row = try query(
      """
      SELECT current_setting('server_version') AS server, issuer.rfc3339(clock_timestamp()) AS now,
        (SELECT max(version) FROM issuer.migration) AS version,
        (SELECT count(*) FROM issuer.request WHERE state = 'requested') AS pending,
        (SELECT count(*) FROM issuer.lease WHERE state = 'active') AS active,
        (SELECT count(*) FROM issuer.end_attempt) AS stuck
      """
    ).single()
    return LedgerFacts(
      serverVersion: try row.string("server"), now: try row.string("now"), ledgerVersion: try row.integer("version"),
      pendingRequests: try row.integer("pending"), activeLeases: try row.integer("active"), stuckLeases: try row.integer("stuck"))
  }
}
