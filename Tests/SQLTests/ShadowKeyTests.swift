import Foundation
import PostgresClient
import TestSupport
import Testing

/// What GROUP BY by a table's key needs to know (sql/shadows/keys.sql), on every server version.
@Suite struct ShadowKeyTests {
  @Test(arguments: PostgresServer.majors) func `a type can be grouped by as PostgreSQL itself says`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE DOMAIN public.document AS json; CREATE DOMAIN public.word AS text; CREATE TYPE public.mood AS ENUM ('good', 'bad');
      CREATE TYPE public.pair AS (a int, b text); CREATE TYPE public.odd AS (a int, b json);
      CREATE TYPE public.span AS RANGE (SUBTYPE = numeric);
      """)
    // Of composites the parser lets pass what then fails on the first row.
    try fixture.owner.execute(
      script: """
        CREATE FUNCTION pg_temp.can_group(type text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
          EXECUTE format('SELECT FROM (SELECT NULL::%s UNION ALL SELECT NULL::%1$s) AS x(c) GROUP BY x.c', type);
          RETURN true;
        EXCEPTION WHEN undefined_function OR feature_not_supported THEN RETURN false;
        END $$
        """)
    let wrong = try fixture.owner.query(
      """
      SELECT format_type(t.oid, NULL) AS type, iss.is_groupable(t.oid)::text AS told FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm') AND t.typisdefined AND n.nspname IN ('pg_catalog', 'public')
        AND t.typelem NOT IN (SELECT c.oid FROM pg_type c WHERE c.typtype IN ('c', 'p'))
        AND iss.is_groupable(t.oid) <> pg_temp.can_group(format_type(t.oid, NULL))
      """
    ).rows.map { "\($0[0] ?? "") \($0[1] ?? "")" }
    #expect(wrong == [])
    for (type, can) in ["public.pair": "t", "public.odd": "f", "public.odd[]": "f", "public.document[]": "f", "varchar": "t"] {
      #expect(try fixture.owner.query("SELECT iss.is_groupable('\(type)'::regtype)").single()[0] == can, "\(type)")
    }
  }

  @Test(arguments: PostgresServer.majors) func `a key is told where no two rows can have the same`(major: Int) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.plain (b int, a int, secret text, doc json, PRIMARY KEY (a, b));
      CREATE TABLE public.later (id int PRIMARY KEY DEFERRABLE, secret text);
      CREATE TABLE public.parent (id int PRIMARY KEY, secret text); CREATE TABLE public.child () INHERITS (public.parent);
      CREATE TABLE public.parts (id int PRIMARY KEY, secret text) PARTITION BY RANGE (id);
      CREATE TABLE public.part PARTITION OF public.parts DEFAULT;
      """)
    let compiled = try fixture.compile(
      fixture.scope(),
      ScopeFixture.rules([
        "public.plain.secret": "redact", "public.later.secret": "redact", "public.parent.secret": "redact",
        "public.parts.secret": "redact",
      ]))
    #expect(compiled.refusals == [])
    let keys = try fixture.admin.query(
      """
      SELECT x ->> 'table' AS name, x ->> 'primaryKey' AS key, jsonb_path_query_array(x, '$.columns[*] ? (@.groupable == false).name')::text
      FROM jsonb_array_elements(iss.masked_tables($1)) x ORDER BY 1
      """, [compiled.role]
    ).rows.map { "\($0[0] ?? "") \($0[1] ?? "") \($0[2] ?? "")" }
    #expect(
      keys == [
        "child [] []", "later [] []", "parent [] []", #"part ["id"] []"#, #"parts ["id"] []"#, #"plain ["a", "b"] ["doc"]"#,
      ])
  }

  @Test(arguments: PostgresServer.majors) func `whole rows of a shadow are told as the table's type, arrays of them too`(
    major: Int
  ) throws {
    let fixture = try ScopeFixture(
      major: major,
      """
      CREATE TABLE public.people (id int PRIMARY KEY, secret text); CREATE VIEW public.seen AS SELECT id, secret FROM public.people;
      """)
    let compiled = try fixture.compile(fixture.scope(), ScopeFixture.rules(["public.people.secret": "redact"]))
    let told = try fixture.admin.query(
      """
      SELECT x ->> 'table', string_agg((t ->> 'base')::oid::regtype || ' ' || ((t ->> 'shadow')::oid::regtype::text LIKE 'iss_m_%'), ', ')
      FROM jsonb_array_elements(iss.masked_tables($1)) x, jsonb_array_elements(x -> 'rowTypes') t GROUP BY 1 ORDER BY 1
      """, [compiled.role]
    ).rows.map { "\($0[0] ?? "") \($0[1] ?? "")" }
    #expect(told == ["people people true, people[] true", "seen seen true, seen[] true"])
  }
}
