import PostgresClient
import TestSupport
import Testing

@Suite struct ScopeCompileTests {
  static let shop = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text); CREATE TABLE public.orders (id serial PRIMARY KEY, total int);
    CREATE TABLE public.orders_log (id int); CREATE VIEW public.mails AS SELECT email FROM public.users;
    CREATE FUNCTION public.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2'
    """
  static let email: KeyValuePairs = ["public.users.email": "email"]

  @Test(arguments: PostgresServer.majors) func `compiling again changes nothing`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    let scope = try fixture.scope(tables: ["public.*": ["select", "insert"]], functions: ["public.twice(integer)"])
    let state = """
      SELECT string_agg(relname || ' ' || coalesce(relacl::text, ''), E'\\n' ORDER BY oid)
        || (SELECT string_agg(attname || attacl::text, E'\\n' ORDER BY attrelid, attnum) FROM pg_attribute WHERE attacl IS NOT NULL)
      FROM pg_class WHERE relnamespace <> 'pg_catalog'::regnamespace
      """
    let first = try fixture.compile(scope, ScopeFixture.rules(Self.email))
    let before = try fixture.admin.query(state).single()[0]
    let second = try fixture.compile(scope, ScopeFixture.rules(Self.email))
    #expect(first.role == second.role)
    #expect(first.role.hasPrefix("iss_scope_"))
    #expect(try fixture.admin.query(state).single()[0] == before)
    #expect(before?.contains(first.role) == true)
  }

  @Test(arguments: PostgresServer.majors) func `what the admin cannot grant refuses the scope`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    try fixture.owner.execute(
      script:
        "CREATE TABLE public.stray (id int); CREATE TABLE public.hinted (id int); GRANT SELECT ON public.hinted TO issuer_admin")
    let scope = try fixture.scope(except: ["public.stray"])
    // A grantor without grant option is only warned: the privileges themselves must be looked at.
    let warned = try fixture.compile(scope, ScopeFixture.rules(Self.email))
    #expect(warned.refusals == ["missing_grant public.hinted (SELECT)"])
    #expect(warned.finding("missing_grant")?.cure == "GRANT postgres TO issuer_admin;")
    try fixture.owner.query("ALTER TABLE public.hinted OWNER TO shop")
    #expect(try fixture.compile(scope).state == "ready")
  }

  @Test func `a table that the admin may not touch at all is an answer, not an error`() throws {
    let fixture = try ScopeFixture(Self.shop)
    try fixture.owner.execute(script: "CREATE TABLE public.stray (id int, email text)")
    let compiled = try fixture.compile(
      fixture.scope(), ScopeFixture.rules(["public.users.email": "email", "public.stray.email": "email"]))
    #expect(compiled.state == "refused")
    #expect(Set(compiled.findings.filter { $0.severity == "refuse" }.map(\.kind)) == ["missing_grant", "shadow"])
  }

  @Test func `wildcards, exceptions, views and definer functions`() throws {
    let fixture = try ScopeFixture(
      Self.shop
        + "; CREATE FUNCTION public.steal() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(email) FROM public.users'"
        + "; REVOKE ALL ON FUNCTION public.steal(), public.twice(int) FROM PUBLIC")
    let compiled = try fixture.compile(
      fixture.scope(functions: ["public.*"], except: ["public.*_log"]), ScopeFixture.rules(Self.email))
    #expect(compiled.state == "ready")
    let lease = try fixture.lease(compiled)
    #expect(scopeState(lease, "SELECT * FROM public.orders") == nil)
    #expect(scopeState(lease, "SELECT * FROM public.orders_log") == "42501")
    #expect(scopeState(lease, "SELECT * FROM public.mails") == "42501")
    #expect(scopeState(lease, "SELECT public.twice(2)") == nil)
    #expect(scopeState(lease, "SELECT public.steal()") == "42501")
    #expect(try lease.query("SELECT count(*) FROM \(fixture.shadowSchema()).mails").single()[0] == "0")
    #expect(compiled.finding("function_left_out")?.object == "public.steal()")
  }

  @Test func `what a lease made is left out, and stands in no scope's way`() throws {
    let fixture = try ScopeFixture(Self.shop)
    let maker = "jit_maker_\(fixture.database)"
    try fixture.owner.execute(
      script: """
        CREATE ROLE \(maker);
        COMMENT ON ROLE \(maker) IS 'issuer lease 00000000-0000-4000-8000-000000000002 00112233445566778899aabbccddeeff';
        GRANT CREATE ON SCHEMA public TO \(maker); SET ROLE \(maker);
        CREATE TABLE public.left_behind (id serial); RESET ROLE;
        """)
    for isUnmasked in [false, true] {
      let compiled = try fixture.compile(fixture.scope(unmasked: isUnmasked), ScopeFixture.rules(Self.email))
      #expect(compiled.state == "ready", "\(compiled.refusals)")
      #expect(compiled.finding("lease_left_out")?.object == "public.left_behind")
      #expect(scopeState(try fixture.lease(compiled), "SELECT * FROM public.left_behind") == "42501")
    }
  }

  @Test func `an unmasked scope reads the base table and its views`() throws {
    let fixture = try ScopeFixture(Self.shop)
    let compiled = try fixture.compile(fixture.scope(unmasked: true), ScopeFixture.rules(Self.email))
    #expect(compiled.state == "ready")
    let lease = try fixture.lease(compiled)
    #expect(scopeState(lease, "SELECT email FROM public.users") == nil)
    #expect(scopeState(lease, "SELECT * FROM public.mails") == nil)
    #expect(try fixture.admin.query("SELECT iss.masked_tables($1)", [compiled.role]).single()[0] == "[]")
    try fixture.compile(fixture.scope("masked"))
    #expect(scopeState(lease, "SELECT email FROM public.users") == nil)
  }

  @Test(arguments: PostgresServer.majors) func `a changed scope gets a new role, and the old one goes with its last lease`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    let old = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    let lease = try fixture.lease(old)
    let role = try lease.query("SELECT current_user").single()[0] ?? ""
    let new = try fixture.compile(fixture.scope(tables: ["public.orders": ["select"]]))
    #expect(new.role != old.role)
    #expect(try fixture.admin.query("SELECT state FROM iss.scope WHERE role_name = $1", [old.role]).single()[0] == "retiring")
    #expect(try fixture.admin.query("SELECT dropped FROM iss.scope_sweep()").single()[0] == "f")
    #expect(scopeState(lease, "SELECT id FROM public.users") == nil)
    try fixture.owner.execute("DROP ROLE \(Identifier(role))")
    #expect(try fixture.admin.query("SELECT dropped FROM iss.scope_sweep()").single()[0] == "t")
    #expect(try fixture.admin.query("SELECT count(*) FROM pg_roles WHERE rolname = $1", [old.role]).single()[0] == "0")
    #expect(try fixture.check(new.role).state == "ready")
  }

  @Test func `a role of somebody else is not taken over`() throws {
    let fixture = try ScopeFixture(Self.shop)
    let scope = try fixture.scope()
    let role = try fixture.admin.query("SELECT iss.scope_role($1)", [scope]).single()[0] ?? ""
    try fixture.owner.execute("CREATE ROLE \(Identifier(role))")
    let error = #expect(throws: PostgresError.self) { try fixture.compile(scope) }
    #expect(error?.sqlState == .duplicateObject)
  }

  @Test func `a scope of another database is refused`() throws {
    let fixture = try ScopeFixture(Self.shop)
    let error = #expect(throws: PostgresError.self) {
      try fixture.compile(#"{"name": "x", "database": "elsewhere", "privileges": []}"#)
    }
    #expect(error?.sqlState == .invalidParameterValue)
  }

  @Test(arguments: PostgresServer.majors) func `the stable grantor makes memberships, and PUBLIC can call nothing of ours`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(major: major, Self.shop)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    try fixture.admin.execute(script: "CREATE ROLE \(Identifier("jit_\(compiled.role)").quoted)")
    try fixture.owner.execute(
      script: "BEGIN; SET LOCAL ROLE iss_grantor; GRANT \(compiled.role) TO \(Identifier("jit_\(compiled.role)").quoted); COMMIT")
    let open = try fixture.admin.query(
      "SELECT count(*) FROM pg_proc WHERE pronamespace = 'iss'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    #expect(try open.single()[0] == "0")
    let key = try fixture.admin.query(
      "SELECT has_table_privilege('public', 'iss.key', 'SELECT') OR has_schema_privilege('public', 'iss', 'USAGE')")
    #expect(try key.single()[0] == "f")
  }
}
