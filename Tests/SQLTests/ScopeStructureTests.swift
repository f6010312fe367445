import PostgresClient
import TestSupport
import Testing

/// What a table's structure tells of masked columns is found and refuses the scope: its indexes, checks, keys and partitions.
@Suite struct ScopeStructureTests {
  static let users = """
    CREATE TABLE public.users (
      id int PRIMARY KEY, email text UNIQUE, born date, since date DEFAULT '2020-01-01', tenant int NOT NULL DEFAULT 1,
      gone bool NOT NULL DEFAULT false);
    INSERT INTO public.users (id, email, born) SELECT i, md5(i::text), date '1970-01-01' + i FROM generate_series(1, 30) i;
    """
  static let labels: KeyValuePairs = ["public.users.email": "email", "public.users.born": "year"]

  struct Structure: Sendable, CustomTestStringConvertible {
    var script: String
    /// `kind object`; none for what tells nothing.
    var found: [String]
    var grants: [String] = ["select", "insert", "update", "delete"]
    var testDescription: String { script }
  }

  static let structures = [
    Structure(
      script: "CREATE UNIQUE INDEX live ON public.users (email) WHERE NOT gone", found: ["ordered_index public.live"]),
    Structure(script: "CREATE INDEX beside ON public.users (tenant, lower(email))", found: ["ordered_index public.beside"]),
    Structure(script: "CREATE INDEX covering ON public.users (email) INCLUDE (id)", found: ["ordered_index public.covering"]),
    Structure(
      script: "CREATE INDEX sorted ON public.users (born); CLUSTER public.users USING sorted",
      found: ["ordered_index public.sorted"]),
    Structure(script: "CREATE INDEX alone ON public.users (born)", found: []),
    Structure(script: "CREATE INDEX known ON public.users (id, email)", found: []),
    Structure(script: "CREATE INDEX payload ON public.users (tenant) INCLUDE (email)", found: []),
    Structure(script: "CREATE INDEX condition ON public.users (tenant) WHERE email IS NULL", found: []),
    Structure(script: "CREATE INDEX hashed ON public.users USING hash (email) WHERE NOT gone", found: []),
    Structure(
      script: "ALTER TABLE public.users ADD CONSTRAINT later CHECK (since > born)",
      found: ["comparing_constraint later ON public.users"]),
    Structure(
      script: "ALTER TABLE public.users ADD CONSTRAINT later CHECK (since > born)", found: [], grants: ["select", "insert"]),
    Structure(script: "ALTER TABLE public.users ADD CONSTRAINT early CHECK (born > '1900-01-01')", found: []),
    Structure(
      script: "ALTER TABLE public.users ADD age int GENERATED ALWAYS AS ((since - born) * tenant) STORED",
      found: ["comparing_constraint generated column age ON public.users"]),
    Structure(
      script: "CREATE INDEX product ON public.users ((tenant * length(email)))",
      found: ["comparing_constraint index product ON public.users", "ordered_index public.product"]),
    Structure(
      script: "CREATE POLICY old ON public.users USING (since > born); ALTER TABLE public.users ENABLE ROW LEVEL SECURITY",
      found: ["reading_policy old ON public.users"]),
    Structure(
      script: """
        CREATE EXTENSION btree_gist; ALTER TABLE public.users ADD CONSTRAINT alone
          EXCLUDE USING gist (tenant WITH =, daterange(born, born + 1) WITH &&) WHERE (gone)
        """,
      found: ["comparing_constraint index alone ON public.users", "ordered_index public.alone"]),
    Structure(
      script:
        "CREATE TABLE public.posts (id int, author text REFERENCES public.users (email) ON UPDATE CASCADE); ALTER TABLE public.posts OWNER TO shop",
      found: ["referencing_column public.posts.author"]),
    Structure(
      script: """
        CREATE TABLE public.history (at date, old public.users, all_of_them public.users[]);
        ALTER TABLE public.history OWNER TO shop; ALTER TABLE public.users ADD note text
        """,
      found: ["row_column public.history.old", "row_column public.history.all_of_them"], grants: ["select"]),
    Structure(
      script: """
        CREATE FUNCTION public.fold() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
          'BEGIN NEW.since := current_date; NEW.tenant = coalesce(NEW.tenant, length( new."email")); RETURN NEW; END';
        CREATE TRIGGER fold BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.fold()
        """,
      found: ["copying_trigger public.users.tenant"], grants: ["select"]),
    Structure(
      script: """
        CREATE TABLE public.days (day date PRIMARY KEY); ALTER TABLE public.days OWNER TO shop;
        INSERT INTO public.days SELECT DISTINCT born FROM public.users;
        ALTER TABLE public.users ADD CONSTRAINT day FOREIGN KEY (born) REFERENCES public.days ON DELETE CASCADE
        """,
      found: ["cascading_key day ON public.users"]),
    Structure(
      script: """
        CREATE TABLE public.days (day date PRIMARY KEY); ALTER TABLE public.days OWNER TO shop;
        INSERT INTO public.days SELECT DISTINCT born FROM public.users;
        ALTER TABLE public.users ADD CONSTRAINT day FOREIGN KEY (born) REFERENCES public.days
        """,
      found: []),
  ]

  @Test(arguments: structures)
  func `what would tell the order of masked values, or compares them with what is written, refuses the scope`(
    structure: Structure
  ) throws {
    let fixture = try ScopeFixture(Self.users)
    let scope = try fixture.scope(tables: ["public.*": structure.grants])
    let rules = try ScopeFixture.rules(Self.labels)
    #expect(try fixture.compile(scope, rules).refusals == [])
    try fixture.owner.execute(script: structure.script)
    let compiled = try fixture.compile(scope, rules)
    #expect(compiled.refusals.sorted() == structure.found.sorted())
    let trusted = try ScopeFixture.rules(
      Self.labels,
      trusted: compiled.findings.filter { $0.severity == "refuse" }.map {
        ["kind": $0.kind, "object": $0.object, "reason": "known"]
      })
    #expect(try fixture.compile(scope, trusted).state == "ready")
  }

  @Test(arguments: PostgresServer.majors) func `the order of masked values is what an index tells, and that is found`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(major: major, Self.users + "CREATE INDEX live ON public.users (email) WHERE NOT gone")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.labels))
    #expect(compiled.refusals == ["ordered_index public.live"])
    let lease = try fixture.lease(compiled)
    try lease.execute(script: "SET enable_seqscan = off; SET enable_bitmapscan = off")
    let seen = try lease.query("SELECT array_agg(id) FROM (SELECT id FROM public.users WHERE NOT gone) x").single()[0]
    #expect(try fixture.owner.query("SELECT array_agg(id ORDER BY email) FROM public.users").single()[0] == seen)
  }

  @Test(arguments: PostgresServer.majors) func `the partition that holds a row tells the bounds of a masked key`(major: Int)
    throws
  {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.people (id int, country text, at date) PARTITION BY LIST (upper(country));
      CREATE TABLE public.people_de PARTITION OF public.people FOR VALUES IN ('DE') PARTITION BY RANGE (at);
      CREATE INDEX by_day ON public.people (at, country);
      """)
    let rules = try ScopeFixture.rules(["public.people.country": "redact"])
    #expect(
      try fixture.compile(fixture.scope(), rules).refusals == ["ordered_index public.by_day", "partition_key public.people"])
  }

  @Test(arguments: PostgresServer.majors) func `who may maintain a table may sort it by a masked column`(major: Int) throws {
    let fixture = try ScopeFixture(major: major, Self.users)
    guard major >= 17 else {
      #expect(scopeState(fixture.owner, "GRANT MAINTAIN ON public.users TO PUBLIC") == "42601")
      return
    }
    try fixture.owner.execute("GRANT MAINTAIN ON public.users TO PUBLIC")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.labels))
    #expect(compiled.refusals == ["public_privilege public.users (MAINTAIN)"])
    try fixture.owner.execute(script: try #require(compiled.finding("public_privilege")).cure)
    #expect(try fixture.check(compiled.role).refusals == [])
  }

  @Test func `guesses of hashed values, ranges and keys need the right to write them`() throws {
    let fixture = try ScopeFixture(
      """
      CREATE TABLE public.pay (id int PRIMARY KEY, salary int);
      CREATE TABLE public.stays (id int PRIMARY KEY, during int4range, CONSTRAINT one EXCLUDE USING gist (during WITH &&));
      CREATE TABLE public.keys (key text PRIMARY KEY); CREATE TABLE public.uses (id int PRIMARY KEY, key text REFERENCES public.keys);
      """)
    let rules = try ScopeFixture.rules([
      "public.pay.salary": "hash", "public.stays.during": "null", "public.keys.key": "redact", "public.uses.key": "redact",
    ])
    let grants: KeyValuePairs = ["public.*": ["select", "insert"]]
    #expect(try fixture.compile(fixture.scope(tables: grants), rules).refusals == [])
    #expect(
      try fixture.compile(fixture.scope("write", tables: grants, writeMasked: true), rules).refusals.sorted() == [
        "guessed_hash public.pay.salary", "guessed_range one ON public.stays", "guessed_reference public.uses.key",
      ])
  }

  @Test func `a foreign table whose masks are computed here may print what it could not read`() throws {
    let fixture = try ScopeFixture(Self.users)
    try fixture.owner.execute(
      script: """
        CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        COPY (SELECT 1, '13/02/1977') TO '\(fixture.server.directory)/far.csv' (FORMAT csv);
        CREATE FOREIGN TABLE public.far (id int, born date) SERVER files
          OPTIONS (filename '\(fixture.server.directory)/far.csv', format 'csv');
        ALTER FOREIGN TABLE public.far OWNER TO shop;
        """)
    let computed = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.far.born": "year"]))
    #expect(computed.refusals == ["foreign_table public.far"])
    let lease = try fixture.lease(computed)
    let shadow = try fixture.shadowSchema()
    try lease.execute("SET datestyle = 'ISO, MDY'")
    #expect(scopeState(lease, "SELECT born FROM \(shadow).far") == "22008")
    let constant = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.far.born": "redact"]))
    #expect(constant.refusals == [])
    #expect(try lease.query("SELECT id, born FROM \(shadow).far").single()[0] == "1")
  }

  @Test func `a trigger that notifies of rows is in the way of leases without the proxy`() throws {
    let fixture = try ScopeFixture(
      Self.users + """
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
          $$BEGIN PERFORM pg_notify('c', to_jsonb(NEW)::text); RETURN NULL; END$$;
        CREATE TRIGGER tell AFTER UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.tell();
        """)
    let rules = try ScopeFixture.rules(Self.labels)
    let scope = try fixture.scope()
    #expect(try fixture.compile(scope, rules).refusals == [])
    let direct = try fixture.compile(scope.dropLast() + ", \"direct\": true}", rules)
    #expect(direct.refusals == ["notifying_trigger public.tell()"])
  }

  @Test func `what has a masked row in its plan is in the way of leases without the proxy that write`() throws {
    let fixture = try ScopeFixture(
      Self.users + """
        CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS
          $$BEGIN INSERT INTO public.kept VALUES (OLD.email); RETURN NULL; END$$;
        CREATE TABLE public.kept (email text);
        CREATE TRIGGER keep AFTER DELETE ON public.users FOR EACH ROW EXECUTE FUNCTION public.keep();
        CREATE TABLE public.posts (id int, author text CONSTRAINT by_mail REFERENCES public.users (email));
        """)
    let rules = try ScopeFixture.rules([
      "public.users.email": "email", "public.kept.email": "email", "public.posts.author": "email",
    ])
    let scope = try fixture.scope(tables: ["public.users": ["select", "delete"]])
    #expect(try fixture.compile(scope, rules).refusals == [])
    let direct = try fixture.compile(scope.dropLast() + ", \"direct\": true}", rules)
    #expect(direct.refusals == ["printed_row by_mail ON public.posts", "printed_row public.keep()"])
    try fixture.owner.execute(
      script: try #require(direct.findings.first { $0.object == "public.keep()" && $0.kind == "printed_row" }).cure)
    #expect(try fixture.check(direct.role).refusals == ["printed_row by_mail ON public.posts"])
  }

  @Test func `a default that stands in the catalogue, and a compressed log, are warned of`() throws {
    let fixture = try ScopeFixture(
      alone: true,
      Self.users + "ALTER TABLE public.users ADD tier text DEFAULT 'gold'; ALTER TABLE public.users ALTER tier DROP DEFAULT")
    let compiled = try fixture.compile(
      fixture.scope(tables: ["public.*": ["select", "update"]]), ScopeFixture.rules(["public.users.tier": "redact"]))
    #expect(compiled.refusals == [])
    #expect(compiled.finding("compressed_log") == nil)
    #expect(try #require(compiled.finding("stored_default")).object == "public.users.tier")
    try fixture.owner.execute(script: try #require(compiled.finding("stored_default")).cure)
    #expect(try fixture.check(compiled.role).finding("stored_default") == nil)
    try fixture.owner.execute("SET wal_compression = on")
    let found = try fixture.owner.query(
      "SELECT severity FROM iss.findings_structure($1) WHERE kind = 'compressed_log'", [compiled.role])
    #expect(found.rows.map { $0[0] } == ["warn"])
  }

  /// A plan has arguments of plpgsql's statements in it as constants, whole documents among them.
  @Test(arguments: PostgresServer.majors)
  func `no plan that a session has printed holds a masked document, or the key of its hashes`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.docs (id int PRIMARY KEY, email text UNIQUE, doc jsonb);
      INSERT INTO public.docs VALUES (1, 'canary@secret.example', '{"people": [{"email": "canary@secret.example"}]}');
      """)
    let email: [String: Any] = ["schema": "public", "table": "docs", "column": "email", "kind": "email", "lookup": "equality"]
    let paths = [["steps": [".people", "[*]", ".email"], "kind": "hash"] as [String: Any]]
    let doc: [String: Any] = [
      "schema": "public", "table": "docs", "column": "doc", "kind": "partial", "options": ["paths": paths],
    ]
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.json(["masks": [email, doc]]))
    #expect(compiled.refusals == [])
    let role = try fixture.leaseRole(compiled)
    let shadow = try fixture.shadowSchema()
    let table = try fixture.owner.query("SELECT 'public.docs'::regclass::oid").single()[0] ?? ""
    let ended = try ChildProcess.run(
      "psql",
      [
        "-X", "-h", PostgresServer.host, "-p", String(fixture.server.port), "-U", role, "-d", fixture.database,
        "-c", "SET client_min_messages = log", "-c", "SET debug_print_plan = on", "-c", "SELECT doc FROM \(shadow).docs",
        "-c", "SELECT * FROM \(shadow).iss_lookup_\(table)_2('nobody', '\\x00')",
      ], environment: ["PGPASSWORD": ScopeFixture.leasePassword])
    #expect(ended.errors.contains("PLANNEDSTMT") && ended.errors.contains("permission denied for a look-up"))
    let constants = ended.errors.matches(of: /\[ ((?:-?\d+\s+)+)\]/).map { found in
      found.1.split(whereSeparator: \.isWhitespace).map { UInt8(truncatingIfNeeded: Int($0) ?? 0) }
    }
    #expect(!constants.isEmpty)
    let secrets = try fixture.owner.query(
      "SELECT encode('canary@secret', 'hex') FROM iss.key UNION ALL SELECT encode(secret, 'hex') FROM iss.key UNION ALL SELECT encode(lookup_secret, 'hex') FROM iss.key UNION ALL SELECT encode(iss.lookup_key($1), 'hex')",
      [role]
    ).rows.compactMap { $0[0] }
    #expect(secrets.count == 4)
    let printed = constants.map { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    for secret in secrets { #expect(!printed.contains { $0.contains(secret) }) }
  }

  @Test func `what is temporary refuses nobody's scope`() throws {
    let fixture = try ScopeFixture(Self.users)
    try fixture.owner.execute(script: "GRANT TEMP ON DATABASE \(fixture.database) TO PUBLIC")
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(Self.labels))
    let lease = try fixture.lease(compiled)
    try lease.execute(
      script: """
        CREATE TEMP VIEW all_of_it AS SELECT * FROM public.users; GRANT SELECT ON all_of_it TO PUBLIC;
        CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::text';
        SET ROLE \(compiled.role); CREATE TEMP TABLE mine (a int);
        CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::text'
        """)
    #expect(try fixture.check(compiled.role).refusals == [])
  }
}
