import Foundation
import PostgresClient
import TestSupport
import Testing

/// Roads round the masks that need more than a catalog to show: each is open without its cure, and closed with it.
@Suite struct ScopeRoadsTests {
  static let users = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text, note text);
    INSERT INTO public.users SELECT i, 'canary' || i || '@secret.example', 'n' FROM generate_series(1, 300) i;
    """
  static let email: KeyValuePairs = ["public.users.email": "email"]

  @Test(arguments: PostgresServer.majors) func `statistics of an index over a masked column are hidden`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      Self.users + "CREATE INDEX lower_email ON public.users (lower(email)); CREATE INDEX ON public.users (lower(note))")
    try fixture.owner.execute(script: "CREATE STATISTICS public.both ON id, email FROM public.users; ANALYZE public.users")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    #expect(compiled.refusals == [])
    let lease = try fixture.lease(compiled)
    for view in ["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"] {
      let known = "SELECT count(*) FROM \(view) s WHERE s::text LIKE '%canary%'"
      #expect(try lease.query(known).single()[0] == "0", "\(view)")
    }
    #expect(try fixture.owner.query("SELECT count(*) FROM pg_stats s WHERE s::text LIKE '%canary%'").single()[0] != "0")
    for catalog in ["pg_statistic", "pg_statistic_ext_data"] {
      #expect(scopeState(lease, "SELECT * FROM \(catalog)") == "42501", "\(catalog)")
    }
  }

  /// Two rows on the base, none in the shadow, all of them when the shadow's owner is exempt: never what the policy means.
  @Test(arguments: PostgresServer.majors)
  func `row-level security for the scope's role alone would show other rows in the shadow`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(major: major, alone: true, Self.users)
    let clean = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    let lease = try fixture.lease(clean)
    try fixture.owner.execute(
      script:
        "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY; CREATE POLICY two ON public.users TO \(clean.role) USING (id < 3)")
    let count = { (schema: String) in try lease.query("SELECT count(*) FROM \(schema).users").single()[0] }
    let shadow = try fixture.shadowSchema()
    #expect(try count("public") == "2")
    #expect(try count(shadow) == "0")
    #expect(try fixture.check(clean.role).refusals == ["row_security two ON public.users"])
    try fixture.owner.execute(script: "ALTER ROLE iss_mask_owner BYPASSRLS")
    #expect(try count(shadow) == "300")
    #expect(try fixture.check(clean.role).refusals.contains("mask_owner iss_mask_owner"))
    try fixture.owner.execute(
      script:
        "ALTER ROLE iss_mask_owner NOBYPASSRLS; DROP POLICY two ON public.users; CREATE POLICY two ON public.users USING (id < 3)"
    )
    #expect(try fixture.check(clean.role).state == "ready")
    #expect(try count(shadow) == "2")
  }

  @Test(arguments: PostgresServer.majors) func `a function that a lease leaves behind as its scope's role is found`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.users)
    try fixture.owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    let lease = try fixture.lease(compiled)
    try lease.execute(
      script: "SET ROLE \(compiled.role); CREATE FUNCTION public.wait() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    #expect(try fixture.check(compiled.role).refusals.contains("ownership function public.wait()"))
  }

  @Test func `a view that a lease makes over a masked table is refused, and opens nothing when it changes hands`() throws {
    let fixture = try ScopeFixture(Self.users)
    try fixture.owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    let scope = try fixture.scope()
    let compiled = try fixture.compile(scope, ScopeFixture.rules(Self.email))
    let role = try fixture.leaseRole(compiled)
    let lease = try fixture.server.connect(user: role, password: ScopeFixture.leasePassword, database: fixture.database)
    try lease.execute(
      script: """
        CREATE VIEW public.trap AS SELECT email FROM public.users; GRANT SELECT ON public.trap TO PUBLIC;
        CREATE FUNCTION public.trap() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(email) FROM public.users'
        """)
    #expect(scopeState(lease, "SELECT * FROM public.trap") == "42501")
    #expect(scopeState(lease, "SELECT public.trap()") == "42501")
    // What must never be done with it; if somebody does, no scope of the database stays open.
    try fixture.owner.execute(script: "REASSIGN OWNED BY \(role) TO shop")
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    let open = try fixture.check(compiled.role)
    #expect(Set(open.refusals) == ["view public.trap", "definer_function public.trap()"])
  }

  @Test func `what an unmasked scope may write is told to those that read it`() throws {
    let fixture = try ScopeFixture(
      Self.users + "CREATE TABLE public.reports (id int, text text); CREATE TABLE public.other (id int)")
    try fixture.compile(
      fixture.scope("repair", unmasked: true, tables: ["public.users": ["select"], "public.reports": ["insert", "update"]]),
      ScopeFixture.rules(Self.email))
    let reader = try fixture.compile(fixture.scope("read"))
    #expect(reader.state == "ready")
    #expect(reader.finding("unmasked_writer")?.object == "repair")
    #expect(reader.finding("unmasked_writer")?.reason.contains("public.reports") == true)
    let apart = try fixture.compile(fixture.scope("apart", tables: ["public.users": ["select"], "public.other": ["select"]]))
    #expect(apart.finding("unmasked_writer") == nil)
  }

  @Test func `a trigger that gets whole rows is told to the scope that fires it`() throws {
    let fixture = try ScopeFixture(
      Self.users + """
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS
          'BEGIN PERFORM pg_notify(''users'', NEW::text); RETURN NULL; END';
        CREATE TRIGGER tell AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.tell();
        """)
    let writer = try fixture.compile(
      fixture.scope("write", tables: ["public.users": ["select", "update"]]), ScopeFixture.rules(Self.email))
    #expect(writer.finding("trigger_function")?.object == "public.tell()")
    #expect(writer.finding("trigger_function")?.severity == "warn")
    #expect(try fixture.compile(fixture.scope("read")).finding("trigger_function") == nil)
  }

  @Test func `unrelated DDL and temporary tables lock no shadow`() throws {
    let fixture = try ScopeFixture(
      Self.users + "CREATE TABLE public.tags (id int); CREATE VIEW public.v AS SELECT email FROM public.users")
    try fixture.owner.execute(script: try ScopeFixture.sql("bootstrap/ddl.sql"))
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.email))
    let login = "owner_\(fixture.database)"
    try fixture.owner.execute(
      script: "DROP ROLE IF EXISTS \(login); CREATE ROLE \(login) LOGIN PASSWORD 'x' IN ROLE shop; GRANT \(login) TO issuer_admin"
    )
    let shop = try fixture.server.connect(user: login, password: "x", database: fixture.database)
    try shop.execute(
      script: """
        BEGIN; ALTER TABLE public.tags ADD COLUMN word text; CREATE TEMP TABLE users (id int); ALTER TABLE pg_temp.users ADD COLUMN x int;
        CREATE TEMP VIEW v AS SELECT 1 AS one; DROP VIEW pg_temp.v; DROP TABLE pg_temp.users; CREATE TABLE public.more (id int)
        """)
    let reader = try fixture.lease(compiled)
    try reader.query("SET lock_timeout = '5s'")
    let shadow = try fixture.shadowSchema()
    for view in ["users", "v"] { #expect(scopeState(reader, "SELECT * FROM \(shadow).\(view)") == nil, "\(view)") }
    // That it can be told: a statement that names the table does.
    try shop.query("ALTER TABLE public.users ADD COLUMN x int")
    try reader.query("SET lock_timeout = '50ms'")
    #expect(scopeState(reader, "SELECT * FROM \(shadow).v") == "55P03")
    try shop.query("ROLLBACK")
    #expect(scopeState(reader, "SELECT * FROM \(shadow).v") == nil)
  }
}
