import PostgresClient

/// Numbers for `status` and `/metrics`.
struct LedgerFacts: Sendable {
  var serverVersion: String
  var now: String
  var ledgerVersion: Int
  var pendingRequests: Int
  var activeLeases: Int
  var stuckLeases: Int
  /// Break-glass requests without their review, and how many of them are past the time for it.
  var reviewsOwed: Int
  var reviewsOverdue: Int
  /// When the admin's password was rotated last, by whichever issuer.
  var adminRotatedAt: String?
}

extension PostgresConnection {
  func facts() throws -> LedgerFacts {
    let row = try query(
      """
      SELECT current_setting('server_version') AS server, issuer.rfc3339(clock_timestamp()) AS now,
        (SELECT max(version) FROM issuer.migration) AS version,
        (SELECT count(*) FROM issuer.request WHERE state = 'requested') AS pending,
        (SELECT count(*) FROM issuer.lease WHERE state = 'active') AS active,
        (SELECT count(*) FROM issuer.end_attempt) AS stuck,
        (SELECT count(*) FROM issuer.review_owed) AS owed,
        (SELECT count(*) FROM issuer.review_owed WHERE review_by < clock_timestamp()) AS overdue,
        (SELECT issuer.rfc3339(rotated_at) FROM issuer.admin_rotation WHERE role = current_user) AS rotated
      """
    ).single()
    return LedgerFacts(
      serverVersion: try row.string("server"), now: try row.string("now"), ledgerVersion: try row.integer("version"),
      pendingRequests: try row.integer("pending"), activeLeases: try row.integer("active"), stuckLeases: try row.integer("stuck"),
      reviewsOwed: try row.integer("owed"), reviewsOverdue: try row.integer("overdue"), adminRotatedAt: row["rotated"])
  }

  /// Where the server sees the issuer and the proxied leases come from, and what pg_hba.conf says of the latter.
  func waysOfProxyLeases() throws -> ProxyBypassProbe.Ways {
    let own = try query("SELECT coalesce(host(inet_client_addr()), 'the Unix socket') AS own").single().string("own")
    // On 16 and newer the admin is a member of what it grants.
    let proxies = try query(
      """
      SELECT DISTINCT coalesce(host(a.client_addr), 'the Unix socket') AS address
      FROM pg_stat_activity a JOIN pg_auth_members m ON m.member = a.usesysid
      WHERE m.roleid = $1::regrole AND a.backend_type = 'client backend' AND a.usename <> current_user
      """, [ProxyBypassProbe.role]
    ).rows.map { try $0.string("address") }
    return ProxyBypassProbe.Ways(issuer: own, proxies: Set(proxies), lines: try hbaLinesOfProxyLeases())
  }

  /// The methods of pg_hba.conf's lines for proxy leases, in order; nil when the admin may not read them.
  private func hbaLinesOfProxyLeases() throws -> [String]? {
    do {
      return try query(
        "SELECT auth_method FROM pg_hba_file_rules WHERE '+iss_via_proxy' = ANY (user_name) ORDER BY line_number"
      ).rows.map { try $0.string("auth_method") }
    } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
      return nil
    }
  }
}
