import PostgresClient
import TestSupport
import Testing

/// Everything that goes round a mask is found, refuses the scope, is cured by the SQL that the finding gives, or accepted by a
/// `trusted:` entry of its kind and object.
@Suite struct ScopeFindingsTests {
  struct Road: Sendable, CustomTestStringConvertible {
    var kind: String
    var object: String
    /// What the application did, run as the superuser; `{role}` stands for the scope's role, `{db}` for the database.
    var script: String
    /// Nil when the finding's own cure cures it.
    var cure: String?
    var testDescription: String { "\(kind) \(object)" }
  }

  static let tables = """
    CREATE TABLE public.users (id int PRIMARY KEY, email text, words tsvector, note text);
    CREATE TABLE public.users_log (id int, email text);
    CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO users_log VALUES (OLD.id, OLD.email); RETURN NEW; END';
    CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note = now(); RETURN NEW; END';
    CREATE TRIGGER stamp BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.stamp();
    INSERT INTO public.users VALUES (1, 'canary@secret.example');
    """

  static let roads = [
    Road(
      kind: "definer_function", object: "public.steal(integer)",
      script: "CREATE FUNCTION public.steal(n int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM public.users'"
    ),
    Road(
      kind: "definer_function", object: "public.work()",
      script: "CREATE PROCEDURE public.work() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"),
    Road(kind: "public_select", object: "public.users", script: "GRANT SELECT ON public.users TO PUBLIC"),
    Road(kind: "public_select", object: "public.users", script: "GRANT SELECT (email) ON public.users TO PUBLIC"),
    Road(kind: "public_privilege", object: "public.users", script: "GRANT TRIGGER ON public.users TO PUBLIC"),
    Road(
      kind: "view", object: "public.v",
      script: "CREATE VIEW public.v AS SELECT email FROM public.users; GRANT SELECT ON public.v TO PUBLIC"),
    Road(
      kind: "view", object: "public.whole",
      script: "CREATE VIEW public.whole AS SELECT u::text FROM public.users u; GRANT SELECT ON public.whole TO PUBLIC"),
    Road(
      kind: "view", object: "public.deep",
      script:
        "CREATE VIEW public.v AS SELECT email FROM public.users; CREATE VIEW public.deep AS SELECT * FROM public.v; GRANT SELECT ON public.deep TO PUBLIC"
    ),
    Road(
      kind: "materialized_view", object: "public.m",
      script: "CREATE MATERIALIZED VIEW public.m AS SELECT email FROM public.users; GRANT SELECT ON public.m TO PUBLIC"),
    Road(kind: "membership", object: "{role} in pg_read_all_data", script: "GRANT pg_read_all_data TO {role}"),
    Road(
      kind: "ownership", object: "table public.mine",
      script:
        "CREATE TABLE public.mine (id int); GRANT CREATE ON SCHEMA public TO {role}; ALTER TABLE public.mine OWNER TO {role}; REVOKE CREATE ON SCHEMA public FROM {role}",
      cure: "REASSIGN OWNED BY {role} TO iss_quarantine"),
    Road(kind: "role_attribute", object: "{role}", script: "ALTER ROLE {role} BYPASSRLS"),
    Road(
      kind: "mask_owner", object: "jit_curious in iss_mask_owner",
      script: "DROP ROLE IF EXISTS jit_curious; CREATE ROLE jit_curious; GRANT iss_mask_owner TO jit_curious"),
    Road(
      kind: "unmanaged_grant", object: "language plpgsql", script: "GRANT USAGE ON LANGUAGE plpgsql TO {role}",
      cure: "REVOKE USAGE ON LANGUAGE plpgsql FROM {role}"),
    Road(
      kind: "foreign_table", object: "public.far",
      script:
        "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE public.far (a text) SERVER files OPTIONS (filename '/etc/hostname'); GRANT SELECT ON public.far TO PUBLIC",
      cure: "REVOKE SELECT ON TABLE public.far FROM PUBLIC"),
    Road(
      kind: "foreign_server", object: "files",
      script:
        "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; GRANT USAGE ON FOREIGN SERVER files TO PUBLIC"
    ),
    Road(
      kind: "foreign_data_wrapper", object: "file_fdw",
      script: "CREATE EXTENSION file_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO PUBLIC"),
    Road(
      kind: "user_mapping", object: "PUBLIC on files",
      script:
        "CREATE EXTENSION postgres_fdw; CREATE SERVER files FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE public.far (a text) SERVER files; GRANT SELECT (a) ON public.far TO PUBLIC; CREATE USER MAPPING FOR PUBLIC SERVER files",
      cure: "DROP USER MAPPING FOR PUBLIC SERVER files; REVOKE SELECT (a) ON public.far FROM PUBLIC"),
    Road(kind: "extension", object: "dblink", script: "CREATE EXTENSION dblink"),
    Road(
      kind: "unpinned_function", object: "public.audit()",
      script: "CREATE TRIGGER audit BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.audit()"),
    Road(
      kind: "unpinned_function", object: "public.sound(text)",
      script:
        "CREATE FUNCTION public.sound(text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END'; ALTER TABLE public.users ADD CONSTRAINT c CHECK (public.sound(email))"
    ),
    Road(
      kind: "unpinned_function", object: "public.fold(text)",
      script:
        "CREATE FUNCTION public.fold(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN lower($1); END'; CREATE INDEX ON public.users (public.fold(email))"
    ),
    Road(
      kind: "definer_trigger", object: "public.copy()",
      script:
        "CREATE FUNCTION public.copy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM NEW.email; RETURN NEW; END'; CREATE TRIGGER copy BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.copy(); REVOKE TEMP ON DATABASE {db} FROM PUBLIC"
    ),
    Road(
      kind: "copying_trigger", object: "public.users.words",
      script:
        "CREATE TRIGGER words BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('words', 'pg_catalog.simple', 'email')",
      cure: "DROP TRIGGER words ON public.users"),
    Road(
      kind: "rule", object: "spy ON public.users",
      script: "CREATE RULE spy AS ON UPDATE TO public.users DO ALSO INSERT INTO public.users_log VALUES (OLD.id, OLD.email)"),
    Road(
      kind: "language", object: "plhostu",
      script: """
        CREATE LANGUAGE plhostu HANDLER plpgsql_call_handler; UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'plhostu';
        GRANT USAGE ON LANGUAGE plhostu TO PUBLIC
        """, cure: "UPDATE pg_language SET lanpltrusted = false, lanacl = NULL WHERE lanname = 'plhostu'"),
    Road(
      kind: "definer_function", object: "public.sum_up(integer)",
      script: """
        CREATE FUNCTION public.step(s text, n int) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM public.users';
        REVOKE ALL ON FUNCTION public.step(text, int) FROM PUBLIC;
        CREATE AGGREGATE public.sum_up(int) (sfunc = public.step, stype = text)
        """),
    Road(
      kind: "row_security", object: "mine ON public.users",
      script: "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON public.users TO shop USING (true)",
      cure: "DROP POLICY mine ON public.users"),
    Road(
      kind: "row_security", object: "mine ON public.users",
      script:
        "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON public.users USING (note = current_user)",
      cure: "DROP POLICY mine ON public.users"),
  ]

  @Test(arguments: roads) func `a road round the masks refuses the scope until it is cured or trusted`(road: Road) throws {
    let fixture = try ScopeFixture(alone: road.kind == "mask_owner", Self.tables)
    let scope = try fixture.scope(tables: ["public.users": ["select", "update"]])
    let rules = try ScopeFixture.rules(["public.users.email": "email"])
    let clean = try fixture.compile(scope, rules)
    #expect(clean.refusals == [])
    func fill(_ text: String) -> String { text.replacing("{role}", with: clean.role).replacing("{db}", with: fixture.database) }

    try fixture.owner.execute(script: fill(road.script))
    let found = try fixture.check(clean.role)
    #expect(found.state == "refused")
    let finding = try #require(found.findings.first { $0.kind == road.kind && $0.object == fill(road.object) })
    #expect(finding.severity == "refuse")
    #expect(!finding.reason.isEmpty)

    let others = found.findings.filter { $0.severity == "refuse" && $0.trustedBecause == nil }
    let trusted = try ScopeFixture.rules(
      ["public.users.email": "email"], trusted: others.map { ["kind": $0.kind, "object": $0.object, "reason": "looked at it"] })
    #expect(try fixture.compile(scope, trusted).state == "ready")
    #expect(try fixture.compile(scope, rules).state == "refused")

    try fixture.owner.execute(script: fill(road.cure ?? finding.cure))
    let cured = try fixture.check(clean.role)
    #expect(!cured.findings.contains { $0.kind == road.kind && $0.object == fill(road.object) && $0.severity == "refuse" })
    if road.cure == nil { #expect(cured.refusals == []) }
  }

  @Test(arguments: PostgresServer.majors) func `an audit trigger cannot be turned on a lease's temporary table once it is cured`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(
      major: major,
      Self.tables + "CREATE TRIGGER audit BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.audit()")
    let scope = try fixture.scope(tables: ["public.users": ["select", "update"], "public.users_log": ["insert"]])
    let compiled = try fixture.compile(scope, ScopeFixture.rules(["public.users.email": "email"]))
    let finding = try #require(compiled.finding("unpinned_function"))
    let attack = "CREATE TEMP TABLE users_log (id int, email text); UPDATE public.users SET note = 'x' WHERE id = 1"
    let open = try fixture.lease(compiled)
    try open.execute(script: attack)
    #expect(try open.query("SELECT email FROM pg_temp.users_log").single()[0] == "canary@secret.example")

    try fixture.owner.execute(script: finding.cure)
    #expect(try fixture.check(compiled.role).state == "ready")
    let closed = try fixture.lease(compiled)
    try closed.execute(script: attack)
    #expect(try closed.query("SELECT email FROM pg_temp.users_log").rows.isEmpty)
  }

  @Test func `a cascading foreign key reaches a masked table's trigger`() throws {
    let fixture = try ScopeFixture(
      Self.tables
        + """
        CREATE TABLE public.teams (id int PRIMARY KEY);
        ALTER TABLE public.users ADD team int REFERENCES public.teams ON DELETE CASCADE;
        CREATE TRIGGER audit BEFORE DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION public.audit()
        """)
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.users": ["select"], "public.teams": ["select", "delete"]]),
      ScopeFixture.rules(["public.users.email": "email"]))
    #expect(compiled.refusals == ["unpinned_function public.audit()"])
  }

  @Test func `reading scopes do not mind triggers, and warnings refuse nothing`() throws {
    let fixture = try ScopeFixture(
      Self.tables + "CREATE TRIGGER audit BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.audit()")
    try fixture.owner.execute(
      script: "GRANT CREATE ON SCHEMA public TO PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE shop GRANT SELECT ON TABLES TO PUBLIC")
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.users": ["select"]]), ScopeFixture.rules(["public.users.email": "email"]))
    #expect(compiled.state == "ready")
    #expect(Set(compiled.findings.map(\.kind)).isSuperset(of: ["public_create", "public_connect", "default_privileges"]))
  }

  @Test func `a view that reads with the caller's rights is harmless`() throws {
    let fixture = try ScopeFixture(
      Self.tables
        + "CREATE VIEW public.v WITH (security_invoker = true) AS SELECT id, email FROM public.users; GRANT SELECT ON public.v TO PUBLIC"
    )
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    #expect(compiled.state == "ready")
    #expect(scopeState(try fixture.lease(compiled), "SELECT * FROM public.v") == "42501")
  }

  @Test func `without masks the roads only warn`() throws {
    let fixture = try ScopeFixture(
      Self.tables + "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    let free = try fixture.compile(fixture.scope("free"), ScopeFixture.rules([:]))
    #expect(free.state == "ready")
    #expect(free.finding("definer_function")?.severity == "warn")
  }

  @Test func `row-level security that asks nobody's name holds in the shadow`() throws {
    let fixture = try ScopeFixture(
      Self.tables
        + "INSERT INTO public.users VALUES (2, 'b'); ALTER TABLE public.users ENABLE ROW LEVEL SECURITY; CREATE POLICY odd ON public.users USING (id = 1)"
    )
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    #expect(compiled.state == "ready")
    let lease = try fixture.lease(compiled)
    #expect(try lease.query("SELECT count(*) FROM public.users").single()[0] == "1")
    #expect(try lease.query("SELECT count(*) FROM \(fixture.shadowSchema()).users").single()[0] == "1")
  }

  @Test func `a shadow that somebody changed is noticed and mended`() throws {
    let fixture = try ScopeFixture(Self.tables)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.users.email": "email"]))
    try fixture.owner.execute(script: "CREATE OR REPLACE VIEW \(fixture.shadowSchema()).users AS SELECT * FROM public.users")
    #expect(try fixture.check(compiled.role).refusals == ["shadow public.users"])
    try fixture.admin.query("SELECT iss.shadow_rebuild()")
    #expect(try fixture.check(compiled.role).state == "ready")
    #expect(
      try fixture.lease(compiled).query("SELECT email FROM \(fixture.shadowSchema()).users").single()[0] == "c***@***.example")
  }
}
