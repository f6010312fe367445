import PostgresClient
import TestSupport
import Testing

extension PagilaTests {
  /// What a reader may not do, hidden as people and attackers hide it.
  static let disguises = [
    "DROP TABLE film", "drop/**/table/* a /* nested */ comment */film", "DrOp -- x\n TABLE film;;",
    "DROP TABLE U&\"\\0066ilm\"", "DROP TABLE \"film\" CASCADE", "SELECT 1; DROP TABLE film", "SELECT ';'; DROP TABLE film --",
    "SELECT $a$ ; $a$; DROP TABLE film", "SELECT E'\\'; '; DROP TABLE film", "BEGIN; DROP TABLE film; COMMIT",
    "PREPARE gone AS DELETE FROM film", "EXPLAIN ANALYZE DELETE FROM film",
    "EXPLAIN (ANALYZE, FORMAT json) UPDATE film SET title = title",
    "WITH gone AS (DELETE FROM rental RETURNING 1) SELECT count(*) FROM gone", "DELETE FROM film", "UPDATE film SET title = 'x'",
    "TRUNCATE film", "MERGE INTO film f USING film g ON f.film_id = g.film_id WHEN MATCHED THEN DELETE",
    "INSERT INTO film (title) VALUES ('x')", "COPY film FROM STDIN", "COPY film TO PROGRAM 'cat'", "COPY film FROM PROGRAM 'id'",
    "COPY film TO '/tmp/issuer-e2e-film'", "COPY (SELECT 1) TO PROGRAM 'id'", "SET ROLE pagila_owner",
    "SET SESSION AUTHORIZATION postgres", "SET LOCAL role = pagila_owner", "SET role TO 'pagila_owner'",
    "RESET SESSION AUTHORIZATION",
    "DO $$ BEGIN NULL; END $$", "DO LANGUAGE plpgsql 'BEGIN NULL; END'", "CREATE TABLE t ()", "CREATE TEMP TABLE t ()",
    "SELECT * INTO t FROM film", "CREATE TABLE t AS TABLE film", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink", "CREATE SERVER s FOREIGN DATA WRAPPER w", "ALTER ROLE CURRENT_USER PASSWORD 'x'",
    "ALTER ROLE CURRENT_USER SET search_path = x", "ALTER SYSTEM SET work_mem = '1GB'", "ALTER DATABASE pagila SET x.y = 1",
    "DROP DATABASE pagila", "DROP OWNED BY CURRENT_USER", "REASSIGN OWNED BY CURRENT_USER TO pagila_owner",
    "GRANT SELECT ON film TO PUBLIC", "REVOKE SELECT ON film FROM PUBLIC", "LOCK TABLE film", "VACUUM film", "CLUSTER film",
    "REINDEX TABLE film", "LOAD 'auto_explain'", "COMMENT ON TABLE film IS 'x'", "SECURITY LABEL ON TABLE film IS 'x'",
    "PREPARE TRANSACTION 'x'", "SET standard_conforming_strings = off", "SET client_encoding = 'SJIS'",
    "SET backslash_quote = on", "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
    "CREATE RULE r AS ON SELECT TO film DO NOTHING",
    "CALL p()", "REFRESH MATERIALIZED VIEW rental_by_category", "CHECKPOINT", "NOTIFY x, 'y'; DROP TABLE film",
  ]

  @Test(arguments: disguises)
  func `a reader is refused what is no reading, however it is written`(statement: String) throws {
    let grant = try deployment.grant(.alice, "support-read")
    let connection = try deployment.connect(grant)
    #expect(Self.state { _ = try connection.execute(script: statement) } == "42501", "simple")
    if connection.isInTransaction { try connection.execute(script: "ROLLBACK") }
    #expect(try connection.query("SELECT 1").single()[0] == "1")
    // The extended protocol takes one statement at a time.
    let extended = Self.state { _ = try connection.query(statement) }
    #expect(extended == "42501" || extended == "42601", "extended: \(extended ?? "done")")
    if connection.isInTransaction { try connection.execute(script: "ROLLBACK") }
    #expect(try connection.query("SELECT 1").single()[0] == "1")
    _ = try deployment.ctl(.alice, ["revoke", grant.lease.id])
  }

  @Test func `what reads is not refused for its looks`() throws {
    let connection = try deployment.connect(try deployment.grant(.alice, "support-read"))
    for statement in [
      "SELECT 'DROP TABLE film'", "SELECT 1 -- DROP TABLE film", "SELECT \"drop\" FROM (SELECT 1 AS \"drop\") t",
      "SHOW search_path",
      "SET statement_timeout = '10s'", "SET search_path = public, crm", "RESET search_path", "BEGIN READ ONLY; SELECT 1; COMMIT",
      "EXPLAIN SELECT * FROM film", "EXPLAIN ANALYZE SELECT * FROM customer", "VALUES (1), (2)", "TABLE film", "SELECT $$;DROP$$",
      "DECLARE c CURSOR WITH HOLD FOR SELECT 1; FETCH c; CLOSE c", "PREPARE p (int) AS SELECT $1; EXECUTE p(1); DEALLOCATE p",
      "LISTEN x; UNLISTEN x", "DISCARD ALL", "", ";", "-- nothing",
    ] {
      #expect(Self.state { try connection.execute(script: statement) } == nil, "\(statement)")
    }
  }
}
