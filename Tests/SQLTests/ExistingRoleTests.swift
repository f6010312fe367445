import PostgresClient
import TestSupport
import Testing

/// Scopes with `role:`: the scope role joins an existing role, and never one that reaches beyond an application's objects.
@Suite struct ExistingRoleTests {
  static let tables = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text, note text);
    INSERT INTO public.users VALUES (1, 'canary@secret.example', 'n');
    CREATE VIEW public.contacts AS SELECT id, email FROM public.users;
    CREATE MATERIALIZED VIEW public.snapshot AS SELECT id, email, upper(email) AS loud FROM public.users;
    """
  static let rules = Result { try ScopeFixture.rules(["public.users.email": "email"]) }

  /// A database whose existing role, made by `script` with `{role}` for its name, the issuer may hand out.
  private struct World {
    let fixture: ScopeFixture
    let role: String

    init(_ major: Int, _ script: String = "", mayGrant: Bool = true) throws {
      fixture = try ScopeFixture(major: major, ExistingRoleTests.tables)
      role = "reader_of_\(fixture.database)"
      let superuser = fixture.owner
      try superuser.execute(
        script: """
          CREATE ROLE \(role) NOLOGIN; GRANT USAGE ON SCHEMA public TO \(role);
          GRANT SELECT ON public.users, public.contacts, public.snapshot TO \(role);
          """ + script.replacing("{role}", with: role))
      if mayGrant, major >= 16 {
        try superuser.execute(script: "GRANT \(role) TO issuer_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
      }
    }

    func scope(bestEffort: Bool = true, unmasked: Bool = false) throws -> String {
      var scope: [String: Any] = [
        "name": "crm", "database": fixture.database, "unmasked": unmasked, "privileges": [String](), "role": role,
      ]
      if bestEffort { scope["enforcement"] = "best-effort" }
      return try ScopeFixture.json(scope)
    }

    func compile(bestEffort: Bool = true, unmasked: Bool = false) throws -> ScopeFixture.Compiled {
      try fixture.compile(try scope(bestEffort: bestEffort, unmasked: unmasked), try ExistingRoleTests.rules.get())
    }

    func privileges() throws -> String {
      try fixture.owner.query(
        """
        SELECT string_agg(x::text, ' ' ORDER BY x::text) AS all FROM (
          SELECT format('%s %s', c.relname, x.privilege_type) FROM pg_class c, aclexplode(c.relacl) x
            WHERE c.relname IN ('users', 'contacts', 'snapshot') AND x.grantee = $1::regrole
          UNION ALL SELECT format('member %s', m.roleid::regrole) FROM pg_auth_members m WHERE m.member = $1::regrole
          UNION ALL SELECT r::text FROM (SELECT rolname, rolsuper, rolcanlogin, rolconfig FROM pg_roles WHERE oid = $1::regrole) r) AS t (x)
        """, [role]
      ).single().string("all")
    }
  }

  @Test(arguments: PostgresServer.majors)
  func `a role that reads masked columns is handed out with best-effort only, and says what to write`(major: Int) throws {
    let world = try World(major)
    let strict = try world.compile(bestEffort: false)
    #expect(strict.state == "refused")
    let finding = try #require(strict.finding("existing_role_reads"))
    #expect(finding.reason.contains("public.users (email)") && finding.cure.contains("enforcement: best-effort"))
    #expect(strict.refusals.contains("existing_role_reads \(world.role)"), "\(strict.refusals)")
    let loose = try world.compile()
    #expect(loose.state == "ready", "\(loose.refusals)")
    #expect(loose.role != strict.role)
    #expect(try #require(loose.finding("best_effort")).reason.contains("public.users (email)"))
    #expect(try world.compile(bestEffort: false, unmasked: true).state == "ready")
  }

  @Test(arguments: PostgresServer.majors)
  func `no trusted entry makes a role that reads masked columns strict`(major: Int) throws {
    let world = try World(major)
    let rules = try ScopeFixture.rules(
      ["public.users.email": "email"],
      trusted: [["object": "\(world.role)*", "reason": "x"], ["object": "*reader*", "reason": "y"]])
    #expect(try world.fixture.compile(world.scope(bestEffort: false), rules).state == "refused")
  }

  @Test(arguments: PostgresServer.majors)
  func `a lease has the role's privileges by inheritance, and is gone without a trace of it`(major: Int) throws {
    let world = try World(major)
    let before = try world.privileges()
    let compiled = try world.compile()
    let name = try world.fixture.leaseRole(compiled)
    do {
      let lease = try world.fixture.server.connect(
        user: name, password: ScopeFixture.leasePassword, database: world.fixture.database)
      #expect(try lease.query("SELECT email FROM public.users").single()[0] == "canary@secret.example")
      try lease.execute(script: "CREATE TEMP TABLE mine (id int)")
      // From 16 on it cannot become the role.
      #expect(scopeState(lease, "SET ROLE \(world.role)") == (major >= 16 ? "42501" : nil))
      #expect(scopeState(lease, "GRANT \(world.role) TO PUBLIC") != nil)
      #expect(scopeState(lease, "RESET ROLE; ALTER ROLE \(world.role) PASSWORD 'x'") == "42501")
    }
    try world.fixture.owner.execute(script: "DROP OWNED BY \(Identifier(name)); DROP ROLE \(Identifier(name))")
    try world.fixture.admin.query("SELECT iss.scope_retire($1)", [compiled.role])
    #expect(
      try world.fixture.admin.query("SELECT dropped FROM iss.scope_sweep() WHERE role_name = $1", [compiled.role]).single()
        .boolean("dropped"))
    #expect(try world.privileges() == before)
    #expect(
      try world.fixture.owner.query(
        "SELECT count(*) FROM pg_auth_members WHERE roleid = $1::regrole AND member <> 'issuer_admin'::regrole", [world.role]
      ).single()[0] == "0")
  }

  /// What takes a role beyond an application's objects, and how to undo it; then what the finding says.
  static let powers: [(String, String, String)] = [
    ("ALTER ROLE {role} SUPERUSER", "ALTER ROLE {role} NOSUPERUSER", "superuser"),
    ("ALTER ROLE {role} REPLICATION", "ALTER ROLE {role} NOREPLICATION", "REPLICATION"),
    ("ALTER ROLE {role} CREATEROLE", "ALTER ROLE {role} NOCREATEROLE", "CREATEROLE"),
    ("GRANT pg_execute_server_program TO {role}", "REVOKE pg_execute_server_program FROM {role}", "predefined"),
    ("GRANT pg_read_server_files TO {role}", "REVOKE pg_read_server_files FROM {role}", "predefined"),
    ("GRANT pg_write_server_files TO {role}", "REVOKE pg_write_server_files FROM {role}", "predefined"),
    ("GRANT pg_signal_backend TO {role}", "REVOKE pg_signal_backend FROM {role}", "predefined"),
    ("GRANT pg_read_all_data TO {role}", "REVOKE pg_read_all_data FROM {role}", "predefined"),
    ("CREATE ROLE {role}_up SUPERUSER; GRANT {role}_up TO {role}", "DROP ROLE {role}_up", "is a member of it"),
    (
      "CREATE ROLE {role}_a; CREATE ROLE {role}_b CREATEROLE; GRANT {role}_b TO {role}_a; GRANT {role}_a TO {role}",
      "DROP ROLE {role}_a, {role}_b", "CREATEROLE"
    ),
    ("GRANT iss_quarantine TO {role}", "REVOKE iss_quarantine FROM {role}", "role of the issuer"),
    ("CREATE ROLE {role}_x; GRANT {role}_x TO {role} WITH ADMIN OPTION", "DROP ROLE {role}_x", "ADMIN OPTION"),
    ("GRANT USAGE ON SCHEMA iss TO {role}", "REVOKE USAGE ON SCHEMA iss FROM {role}", "issuer's own schema"),
    (
      "GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO {role}", "REVOKE EXECUTE ON FUNCTION lo_export(oid, text) FROM {role}",
      "files of the server"
    ),
  ]

  @Test(arguments: PostgresServer.majors)
  func `a role that reaches further is refused, taken back, and never joined`(major: Int) throws {
    let world = try World(major)
    let (definition, compiled) = (try world.scope(), try world.compile())
    func isJoined() throws -> Bool {
      _ = try world.fixture.admin.query("SELECT iss.existing_role_join($1, $2)", [compiled.role, definition])
      return try world.fixture.admin.query(
        "SELECT iss.existing_role_is_joined($1, $2, false)", [compiled.role, world.role]
      ).single().boolean("existing_role_is_joined")
    }
    #expect(try isJoined())
    for (power, undo, reason) in Self.powers {
      try world.fixture.owner.execute(script: power.replacing("{role}", with: world.role))
      // The issuer's admin cannot take back what a superuser's role became: the refused scope ends its leases.
      if reason != "superuser" { #expect(try !isJoined(), "\(power)") }
      let found = try world.fixture.admin.query(
        "SELECT kind, severity, reason FROM iss.findings_existing_role($1, $2)", [compiled.role, definition]
      ).rows
      #expect(
        found.contains { $0["kind"] == "existing_role" && $0["severity"] == "refuse" && $0["reason"]?.contains(reason) == true })
      try world.fixture.owner.execute(script: undo.replacing("{role}", with: world.role))
      #expect(try isJoined(), "\(undo)")
    }
    try world.fixture.owner.execute(script: "ALTER ROLE \(world.role) BYPASSRLS")
    try world.fixture.admin.query("SELECT * FROM iss.shadow_rebuild()")
    #expect(try world.fixture.check(compiled.role).refusals == ["existing_role \(world.role)"])
    #expect(try !isJoined())
    #expect(try world.compile(bestEffort: false, unmasked: true).state == "refused")
  }

  @Test(arguments: PostgresServer.majors)
  func `what the admin lacks is named with the statement that cures it`(major: Int) throws {
    let world = try World(major, mayGrant: false)
    let compiled = try world.compile()
    guard major >= 16 else {
      // CREATEROLE is enough.
      #expect(compiled.state == "ready", "\(compiled.refusals)")
      return
    }
    let finding = try #require(compiled.finding("existing_role_grant"))
    #expect(compiled.state == "refused")
    try world.fixture.owner.execute(script: finding.cure)
    #expect(try world.compile().state == "ready")
  }

  @Test(arguments: PostgresServer.majors)
  func `before 16 a role that may log in is refused, since a lease could become it`(major: Int) throws {
    let world = try World(major, "ALTER ROLE {role} LOGIN;")
    let compiled = try world.compile()
    #expect(compiled.refusals == (major >= 16 ? [] : ["existing_role_login \(world.role)"]))
  }

  @Test func `a role that does not exist, and one that owns tables, are told`() throws {
    let world = try World(
      PostgresServer.defaultMajor, "CREATE TABLE public.own (id int); ALTER TABLE public.own OWNER TO {role};")
    #expect(try world.compile().finding("existing_role_owns")?.severity == "warn")
    try world.fixture.owner.execute(script: "DROP OWNED BY \(world.role); DROP ROLE \(world.role)")
    #expect(try #require(world.compile().finding("existing_role")).reason.contains("there is no role"))
  }

  @Test(arguments: PostgresServer.majors)
  func `the proxy is told of every relation that shows masked columns, and of statistics`(major: Int) throws {
    let world = try World(major)
    let compiled = try world.compile()
    let columns = try world.fixture.admin.query(
      """
      SELECT string_agg(format('%s.%s.%s=%s', t ->> 'schema', t ->> 'table', c ->> 'name', c ->> 'mask'), ' ' ORDER BY t ->> 'table', c ->> 'name') AS all
      FROM jsonb_array_elements(iss.masked_tables($1)) t, jsonb_array_elements(t -> 'columns') c WHERE c ? 'mask'
      """, [compiled.role]
    ).single().string("all")
    for expected in [
      "public.contacts.email=email", "public.snapshot.email=email", "public.snapshot.loud=redact", "public.users.email=email",
      "pg_catalog.pg_stats.most_common_vals=null", "pg_catalog.pg_stats.histogram_bounds=null",
    ] {
      #expect(columns.contains(expected), "\(columns)")
    }
    let strict = try world.fixture.compile(world.fixture.scope("plain"), Self.rules.get())
    #expect(
      try world.fixture.admin.query("SELECT strpos(iss.masked_tables($1)::text, 'pg_stats')", [strict.role]).single()[0] == "0")
  }
}
