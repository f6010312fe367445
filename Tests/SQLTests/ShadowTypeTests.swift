import PostgresClient
import TestSupport
import Testing

/// Every kind on every type that the server has, and on types made of them: total, and of the base's type, length and collation.
@Suite struct ShadowTypeTests {
  /// A table with a column of each type of pg_catalog that a column can have, arrays of them among them, and a row that holds, in each,
  /// the first of some texts that the type reads. Then types that an application makes.
  static let allTypes = """
    CREATE FUNCTION public.fill() RETURNS void LANGUAGE plpgsql AS $f$
    DECLARE
      item record;
      sample text;
      number int := 0;
    BEGIN
      CREATE TABLE public.wide (id int PRIMARY KEY);
      INSERT INTO public.wide VALUES (1), (2);
      FOR item IN SELECT t.oid::regtype AS type FROM pg_type t
                  WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm') AND t.typisdefined
                    AND t.typname !~ '^_?(pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|pg_brin|aclitem|gtsvector)'
                  ORDER BY t.oid LOOP
        number := number + 1;
        BEGIN
          EXECUTE format('ALTER TABLE public.wide ADD COLUMN c%s %s', number, item.type);
        EXCEPTION WHEN OTHERS THEN CONTINUE;
        END;
        FOREACH sample IN ARRAY ARRAY['{}', '1', '1984-05-17 04:05:06', '4:05:06', 'canary@secret.example', '"canary"', '(1,2)', '((1,2),(3,4))', '<(1,2),3>',
          '[1,2)', '(,)', '{1,2,3}', 'canary', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '10.1.2.3', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
          '0/16B3748', '10:20:10', 'pg_class', 'int4', '$.a', '101', 'pg_catalog', '-', '=(int4,int4)', 'now()'] LOOP
          BEGIN
            EXECUTE format('UPDATE public.wide SET c%s = %L WHERE id = 1', number, sample);
            EXIT;
          EXCEPTION WHEN OTHERS THEN NULL;
          END;
        END LOOP;
      END LOOP;
    END $f$;
    SELECT public.fill(); DROP FUNCTION public.fill();

    CREATE EXTENSION citext;
    CREATE DOMAIN public.short AS varchar(6); CREATE DOMAIN public.padded AS char(4); CREATE DOMAIN public.checked AS text CHECK (VALUE ~ '@');
    CREATE DOMAIN public.nested AS public.short; CREATE DOMAIN public.filled AS text NOT NULL; CREATE DOMAIN public.many AS text[];
    CREATE DOMAIN public.document AS jsonb; CREATE DOMAIN public.folded AS public.citext;
    CREATE TYPE public.mood AS ENUM ('sad', 'ok'); CREATE TYPE public.pair AS (a int, b text); CREATE TYPE public.words AS RANGE (subtype = text);
    CREATE TABLE public.made (
      id int PRIMARY KEY, a public.short, b public.padded, c public.checked, d public.nested, e public.filled DEFAULT 'canary', f public.many,
      g public.document, h public.folded, i public.mood, j public.pair, k public.words, l public.citext, m public.short[], n public.checked[],
      o public.mood[], p public.pair[], q public.citext[], r varchar(3)[], s char(2)[], t numeric(8,2)[], u timestamptz(0)[], v bit(5), w bit varying(7),
      x time(2), y timetz(1), z interval day to second(2), aa numeric(3,-2), ab numeric(2,4), ac text[] COLLATE "C", ad varchar(9) COLLATE "POSIX",
      ae public.words[], af interval(3)[], ag jsonb[], ah json[], ai uuid[], aj bytea[], ak inet[], al public.document[]);
    INSERT INTO public.made VALUES (
      1, 'canary', 'cana', 'canary@x', 'canary', 'canary', '{canary,NULL}', '{"a":"canary"}', 'canary@x.org', 'sad', '(1,canary)', '[a,canary]', 'Canary@x.y',
      '{canary}', '{canary@x}', '{sad}', '{"(1,canary)"}', '{canary@x}', '{can,NULL}', '{ca}', '{123.45}', '{"1984-05-17 12:34:56+00"}', '10101', '1010101',
      '01:02:03.45', '01:02:03.4+01', '3 days 4:05:06.78', 12300, 0.0012, '{canary}', 'canary@xy', '{"[a,canary]"}', '{1 day}', '{"{\\"a\\":1}"}', '{"{\\"a\\":1}"}',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', '{"\\\\xdead"}', '{10.1.2.3}', '{"\\"canary\\""}');
    INSERT INTO public.made (id) VALUES (2);
    """

  @Test(arguments: PostgresServer.majors) func `every kind on every type of the server is total, and of the base's type`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(major: major, "")
    try fixture.owner.execute(
      script: "SET client_min_messages = error; SET ROLE shop; SET datestyle = 'ISO, MDY'; \(Self.allTypes); RESET ROLE")
    let columns = try fixture.owner.query(
      "SELECT count(*) AS c, count(*) FILTER (WHERE attname <> 'id') FROM pg_attribute WHERE attrelid = 'public.wide'::regclass AND attnum > 0"
    )
    #expect(try columns.single().integer("c") > 130)
    // Almost all hold something, so that masks have something to fail on.
    let held = """
      SELECT count(*) FROM public.wide w, jsonb_each(to_jsonb(w)) e WHERE w.id = 1 AND e.value <> 'null'
      """
    #expect(try Int(fixture.owner.query(held).single()[0] ?? "") ?? 0 > 120)
    for kind in ShadowMaskTests.kinds {
      let masks = ["wide", "made"].flatMap { table -> [[String: String]] in
        [
          ["schema": "public", "table": table, "column": "*", "kind": kind],
          ["schema": "public", "table": table, "column": "id"],
        ]
      }
      let compiled = try fixture.compile(fixture.scope(), ScopeFixture.json(["masks": masks]))
      #expect(compiled.refusals == [], "\(kind)")
      let lease = try fixture.lease(compiled)
      for table in ["wide", "made"] {
        let shadow = "\(try fixture.shadowSchema()).\(table)"
        #expect(scopeState(lease, "SELECT * FROM \(shadow)") == nil, "\(kind) \(table)")
        #expect(
          try lease.query("SELECT count(*) FROM \(shadow) s WHERE s::text ~* 'canary'").single()[0] == "0", "\(kind) \(table)")
        let other = """
          SELECT string_agg(b.attname, ', ') FROM pg_attribute b JOIN pg_attribute s USING (attname)
          WHERE b.attrelid = 'public.\(table)'::regclass AND s.attrelid = '\(shadow)'::regclass AND b.attnum > 0
            AND (b.atttypid, b.atttypmod, b.attcollation, b.attnum) IS DISTINCT FROM (s.atttypid, s.atttypmod, s.attcollation, s.attnum)
          """
        #expect(try fixture.owner.query(other).single()[0] == nil, "\(kind) \(table)")
      }
    }
  }

  @Test(arguments: PostgresServer.majors) func `a domain's mask satisfies its checks or is null`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE DOMAIN public.mail AS text CHECK (VALUE ~ '^[^@]+@[^@]+$'); CREATE DOMAIN public.free AS text;
      CREATE TABLE public.t (id int, a public.mail, b public.free, c public.mail[]); INSERT INTO public.t VALUES (1, 'ann@x.org', 'ann@x.org', '{ann@x.org}')
      """)
    for kind in ShadowMaskTests.kinds {
      let compiled = try fixture.compile(
        fixture.scope(), ScopeFixture.rules(["public.t.a": kind, "public.t.b": kind, "public.t.c": kind]))
      let row = try fixture.lease(compiled).query("SELECT a, b, c FROM \(fixture.shadowSchema()).t").single()
      #expect(row["a"] == nil)
      #expect((row["b"] != nil) == ["redact", "partial", "email", "last4", "hash"].contains(kind), "\(kind)")
      #expect([nil, "{}"].contains(row["c"]), "\(kind)")
    }
  }
}
