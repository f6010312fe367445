import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

/// Scopes on an existing role, whose leases hold raw columns: masked on the wire alone, and every tool says so.
@Suite(.serialized) struct BestEffortTests {
  /// Before and after PostgreSQL told apart what a membership allows.
  private static let versions = PostgresServer.majors.filter { [15, 18].contains($0) }

  private static func policy(enforcement: String = "best-effort") -> String {
    """
    version: 1
    cluster: main
    identities:
      dba: {login: unix, unixUser: \(NSUserName()), groups: [dba]}
      alice: {login: token, groups: [support]}
      bob: {login: token, groups: [leads]}
      carol: {login: token}
      ci: {login: token}
    operators: {users: [dba]}
    databases:
      shop:
        masks: {public.customers.email: email, public.customers.card: last4}
    scopes:
      crm: {database: shop, role: crm_reader, enforcement: \(enforcement)}
      crm-late: {database: shop, role: crm_reader, enforcement: \(enforcement), description: with approval}
      risky: {database: shop, role: risky, enforcement: best-effort}
    access:
      - {name: all, who: {groups: [support]}, scopes: [crm, risky], lifetime: {max: 1h}, reason: optional}
      - {name: late, who: {groups: [support]}, scopes: [crm-late], lifetime: {max: 1h}, reason: optional, approvals: {count: 1, from: {groups: [leads]}}}

    """
  }

  private static func blueprint(_ major: Int) -> Blueprint {
    Blueprint(
      databases: ["shop"], owner: "shop_owner", major: major,
      prepare: { server in
        try Blueprint.psql(
          server, "postgres",
          [
            "-c", "CREATE ROLE shop_owner NOLOGIN", "-c", "CREATE ROLE crm_reader NOLOGIN", "-c", "CREATE ROLE risky NOLOGIN",
            "-c", "GRANT pg_execute_server_program TO risky", "-c", "CREATE DATABASE shop OWNER shop_owner",
          ])
        try Blueprint.psql(
          server, "shop",
          [
            "-c", "CREATE TABLE customers (id int PRIMARY KEY, email text, card text)", "-c",
            "INSERT INTO customers SELECT g, 'canary' || g || '@secret.example', '411111111111111' || g FROM generate_series(1, 3) g",
            "-c", "CREATE VIEW contacts AS SELECT id, email FROM customers", "-c", "ANALYZE customers",
            "-c", "GRANT SELECT, UPDATE ON customers TO crm_reader", "-c", "GRANT SELECT ON contacts TO crm_reader",
          ], role: "shop_owner")
        try Blueprint.close(server, ["shop"])
        try Blueprint.psql(server, "shop", ["-c", "GRANT USAGE ON SCHEMA public TO crm_reader"])
      }, policy: policy())
  }

  /// What the existing role has, in the cluster and in the database.
  private func rights(_ deployment: Deployment) throws -> String {
    try deployment.truth(
      """
      SELECT string_agg(x, ' ' ORDER BY x) FROM (
        SELECT format('%s %s %s', relname, relacl, relowner) AS x FROM pg_class WHERE relname IN ('customers', 'contacts')
        UNION ALL SELECT r.*::text FROM (SELECT rolname, rolcanlogin, rolsuper, rolinherit, rolconfig FROM pg_roles WHERE rolname = 'crm_reader') r) t
      """, database: "shop")[0][0] ?? ""
  }

  private func scope(_ deployment: Deployment, _ name: String) throws -> PolicyLive.LiveScope {
    try #require(try deployment.client(.dba).livePolicy().scopes.first { $0.name == name })
  }

  @Test(arguments: versions)
  func `a lease on an existing role is masked on the wire, says so everywhere, and leaves the role as it was`(major: Int) throws {
    let deployment = try Deployment(Self.blueprint(major))
    if major >= 16 {
      let refused = try scope(deployment, "crm")
      #expect(refused.state == .refused)
      let cure = try #require(refused.findings.first { $0.kind == "existing_role_grant" }).cure
      try Blueprint.psql(deployment.server, "postgres", ["-c", cure])
      _ = try deployment.ctl(.dba, ["policy", "reload"])
    }
    let live = try scope(deployment, "crm")
    #expect(live.state == .ready && live.enforcement == "best-effort", "\(live.findings)")
    let risky = try scope(deployment, "risky")
    #expect(
      risky.state == .refused && risky.findings.contains { $0.kind == "existing_role" && $0.message.contains("predefined") })
    #expect(try deployment.ctl(.alice, ["grant", "risky"]).status != 0)

    let before = try rights(deployment)
    let text = try deployment.ctl(.alice, ["grant", "crm", "--for", "20m"])
    #expect(text.output.contains("best-effort: masks are made on the wire alone"), "\(text.output)\(text.errors)")
    let grant = try deployment.grant(.alice, "crm")
    #expect(grant.lease.enforcement == "best-effort" && grant.request.enforcement == "best-effort")
    try masked(deployment, grant)
    try told(deployment, grant)
    try unescaped(deployment, grant, major)
    for lease in try deployment.client(.alice).leases().items {
      #expect(try deployment.ctl(.dba, ["revoke", lease.id, "--reason", "over"]).status == 0)
    }
    try eventually("the lease's role to go") { try !deployment.roleExists(grant.lease.role) }
    #expect(try rights(deployment) == before)
    #expect(
      try deployment.count(
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'crm_reader'::regrole AND member::regrole::text NOT IN ('issuer_admin') AND member::regrole::text NOT LIKE 'iss_scope_%'"
      ) == 0)
    try strict(deployment)
  }

  private func masked(_ deployment: Deployment, _ grant: Grant) throws {
    let shown = try deployment.psql(
      grant, "SELECT * FROM customers WHERE email = 'canary1@secret.example'",
      "SELECT email AS e FROM contacts ORDER BY id LIMIT 1",
      "SELECT upper(email) FROM customers", "COPY customers TO STDOUT", "SELECT row_to_json(c) FROM customers c",
      "SELECT most_common_vals, histogram_bounds FROM pg_stats WHERE tablename = 'customers' AND attname = 'email'")
    #expect(shown.output == "1|c***@***.example|****1111\nc***@***.example\n|\n", "\(shown.output)\(shown.errors)")
    for rule in ["expression", "copy", "whole_row"] { #expect(shown.errors.contains("best-effort/\(rule)"), "\(shown.errors)") }
    #expect(shown.errors.contains("enforcement: best-effort"))
    #expect(!shown.errors.contains("canary"))
    // libpq's extended protocol, in text and in binary.
    let connection = try deployment.connect(grant)
    #expect(try connection.query("SELECT email FROM customers WHERE id = $1", ["2"]).single()[0] == "c***@***.example")
    let binary = try deployment.python("binary.py", ["SELECT email, card FROM customers WHERE id = 3"], grant: grant)
    #expect(binary.output == "c***@***.example|****1113\n", "\(binary.output)\(binary.errors)")
  }

  private func told(_ deployment: Deployment, _ grant: Grant) throws {
    let session = try deployment.connect(grant)
    for arguments in [["leases"], ["sessions"], ["scopes"]] {
      #expect(try deployment.ctl(.alice, arguments).output.contains("enforcement: best-effort"), "\(arguments)")
    }
    #expect(try deployment.client(.alice).sessions().items.allSatisfy { $0.enforcement == "best-effort" })
    for arguments in [["status"], ["policy", "check"], ["policy", "check", "--live"]] {
      #expect(try deployment.ctl(.dba, arguments).output.contains("enforcement: best-effort"), "\(arguments)")
    }
    let explained = try deployment.ctl(
      .dba, ["policy", "explain", "crm", "--live", "--sql", "SELECT upper(email) FROM customers"])
    #expect(explained.status == 3 && explained.output.contains("best-effort/expression"), "\(explained.output)")
    #expect(try deployment.ctl(.dba, ["policy", "explain", "crm", "--as", "alice"]).output.contains("enforcement: best-effort"))
    let asked = try deployment.ctl(.alice, ["grant", "crm-late", "--no-wait"])
    #expect(asked.errors.contains("enforcement: best-effort"))
    let request = asked.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try deployment.ctl(.bob, ["requests"]).output.contains("enforcement: best-effort"))
    #expect(try deployment.ctl(.bob, ["approve", request]).output.contains("enforcement: best-effort"))
    let run = try deployment.ctl(.alice, ["connect", "crm", "--", "-At", "-c", "SELECT 1"])
    #expect(run.errors.contains("enforcement: best-effort"), "\(run.errors)")
    for writer in ["issuer", "issuer-proxy"] {
      let files = try FileManager.default.contentsOfDirectory(atPath: deployment.auditLog(writer)).filter {
        $0.hasSuffix(".jsonl")
      }
      let log = try files.map { try String(contentsOfFile: deployment.auditLog(writer) + "/" + $0, encoding: .utf8) }.joined()
      #expect(log.contains(#""enforcement":"best-effort""#), "\(writer)")
      #expect(!log.contains("the server answered a masked column"))
    }
    _ = try session.query("SELECT 1")
  }

  /// Roads from the lease to the role itself, and beyond it.
  private func unescaped(_ deployment: Deployment, _ grant: Grant, _ major: Int) throws {
    for statement in [
      "SET ROLE crm_reader", "SET SESSION AUTHORIZATION crm_reader", "GRANT crm_reader TO PUBLIC",
      "ALTER ROLE crm_reader PASSWORD 'x'", "DO $$ BEGIN EXECUTE 'ALTER ROLE crm_reader LOGIN PASSWORD ''x'''; END $$",
      "DO $$ BEGIN EXECUTE 'GRANT crm_reader TO risky'; END $$", "COPY customers TO PROGRAM 'cat'",
      "SELECT pg_read_file('PG_VERSION')",
      "DO $$ BEGIN EXECUTE 'SET ROLE issuer_admin'; END $$", "SELECT secret FROM iss.key",
    ] {
      let tried = try deployment.psql(grant, statement)
      #expect(tried.errors.contains("ERROR"), "\(statement): \(tried.output)\(tried.errors)")
    }
    let become = try deployment.psql(grant, "DO $$ BEGIN EXECUTE 'SET ROLE crm_reader'; END $$")
    #expect(become.errors.contains("ERROR") == (major >= 16))
  }

  /// Without the words the scope does not load, and its leases end.
  private func strict(_ deployment: Deployment) throws {
    try Self.policy(enforcement: "strict").write(toFile: deployment.policyPath, atomically: false, encoding: .utf8)
    _ = try deployment.ctl(.dba, ["policy", "reload"])
    let refused = try scope(deployment, "crm")
    #expect(refused.state == .refused && refused.enforcement == "strict")
    #expect(
      refused.findings.contains { $0.kind == "existing_role_reads" && $0.cure.contains("enforcement: best-effort") },
      "\(refused.findings)")
  }
}
