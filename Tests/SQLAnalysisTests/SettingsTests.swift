import SQLAnalysis
import Testing

@Suite struct SettingsTests {
  static let analyser = try? SQLAnalyser()

  private func facts(_ sql: String) throws -> StatementFacts {
    let analyser = try #require(Self.analyser)
    return try #require(try analyser.analyse(text: sql).analysis.statements.first)
  }

  @Test(arguments: [
    "SET search_path = app", "SET LOCAL search_path TO DEFAULT", "SET \"Search_Path\" = app", "SET SCHEMA 'app'",
    "RESET search_path",
    "RESET ALL", "DISCARD ALL", "DISCARD TEMP", "ROLLBACK", "ROLLBACK TO s", "DO $$ $$", "CALL p()", "EXECUTE x",
    "EXPLAIN ANALYZE EXECUTE x", "LOAD 'x'", "SET ROLE x", "SET SESSION AUTHORIZATION x",
    "SELECT set_config('search_path', 'a', false)",
    "SELECT pg_catalog.set_config(a, b, c) FROM x", "WITH x AS (SELECT set_config('a', 'b', true)) SELECT 1",
    "UPDATE pg_settings SET setting = 'a'", "CREATE SCHEMA app", "CREATE TABLE users (id int)",
    "CREATE TEMP TABLE users AS SELECT 1",
    "SELECT 1 INTO users", "CREATE VIEW users AS SELECT 1", "DROP TABLE users", "ALTER TABLE a RENAME TO users",
    "ALTER TABLE app.users SET SCHEMA public", "SELECT query_to_xml('select 1', true, true, '')",
  ])
  func `what may change the meaning of names says so`(sql: String) throws {
    #expect(try facts(sql).mayChangeSearchPath)
  }

  @Test(arguments: [
    "SELECT 1", "SET statement_timeout = 1", "BEGIN", "SAVEPOINT s", "COMMIT", "INSERT INTO t VALUES (1)", "FETCH c",
    "SHOW search_path",
    "SELECT current_setting('search_path')", "ALTER ROLE x SET search_path = app", "CREATE INDEX ON t (a)", "LISTEN x",
    "CREATE FUNCTION f() RETURNS int SET search_path = app LANGUAGE sql AS 'select 1'", "COPY t FROM STDIN",
  ])
  func `what does not change the meaning of names says nothing`(sql: String) throws {
    #expect(try !facts(sql).mayChangeSearchPath)
  }

  @Test func `a setting of an unknown name is every setting, but for what pg_dump asks for`() throws {
    let dump =
      "SELECT set_config(name, 'view, foreign-table', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'"
    #expect(try facts(dump).classes.isDisjoint(with: [.setLexical, .setRole]))
    #expect(try facts(dump).mayChangeSearchPath)
    for value in ["'view'", "'off'", "value", "'view, ' || 'x'", "NULL"] {
      #expect(
        try facts("SELECT set_config(name, \(value), false) FROM pg_settings").classes.isSuperset(of: [.setLexical, .setRole]))
    }
  }

  @Test func `the end of a transaction undoes SET LOCAL`() throws {
    for sql in ["COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE TRANSACTION 'x'", "ROLLBACK TO s", "COMMIT AND CHAIN"] {
      #expect(try facts(sql).endsTransaction, "\(sql)")
    }
    for sql in ["BEGIN", "SAVEPOINT s", "RELEASE s", "SELECT 1"] { #expect(try !facts(sql).endsTransaction, "\(sql)") }
  }

  @Test func `functions are listed in the order of the text, folded, with their schemas`() throws {
    let sql =
      "SELECT Upper(\"Lower\"(a)), pg_catalog.now(), s.f(1) FROM generate_series(1, count(*)) WHERE EXTRACT(day FROM x) > 1"
    #expect(
      try facts(sql).functions
        == ["upper", "Lower", "pg_catalog.now", "s.f", "generate_series", "count", "pg_catalog.extract"])
    #expect(try facts("CALL s.p(f(1))").functions == ["s.p", "f"])
  }

  @Test(arguments: [
    ("DROP TABLE t", "DROP TABLE"), ("DROP MATERIALIZED VIEW v", "DROP MATERIALIZED VIEW"), ("SELECT 1 INTO t", "SELECT INTO"),
    ("ALTER TABLE t ADD a int", "ALTER TABLE"), ("ALTER ROLE r LOGIN", "ALTER ROLE"), ("CREATE USER u", "CREATE ROLE"),
    ("REVOKE a FROM b", "REVOKE ROLE"), ("GRANT SELECT ON t TO u", "GRANT"), ("ANALYZE", "ANALYZE"), ("VACUUM", "VACUUM"),
    ("CREATE TYPE t AS ENUM ()", "CREATE TYPE"), ("CREATE FOREIGN TABLE t () SERVER s", "CREATE FOREIGN TABLE"),
    ("COMMENT ON TABLE t IS ''", "COMMENT"), ("DECLARE c CURSOR FOR SELECT 1", "DECLARE CURSOR"), ("EXPLAIN SELECT 1", "EXPLAIN"),
    ("ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE"), ("DISCARD ALL", "DISCARD"), ("RESET ROLE", "RESET"), ("END", "COMMIT"),
  ])
  func `tags are PostgreSQL's`(sql: String, tag: String) throws {
    #expect(try facts(sql).tag == tag)
  }
}
