import SQLAnalysis
import Testing

/// Where masked columns lose the origin by which they are masked on the wire in best-effort sessions.
@Suite struct LostOriginTests {
  private func lost(_ sql: String) throws -> [String] {
    try #require(TranslationTests.analyser).analyse(text: sql).lostOrigins(shopShadows).map { "\($0.form.rawValue) \($0.column)" }
  }

  @Test(arguments: [
    ("SELECT lower(email) FROM users", "expression public.users.email"),
    ("SELECT email || '' FROM public.users", "expression public.users.email"),
    ("SELECT u.email::varchar FROM users u", "expression public.users.email"),
    ("SELECT email COLLATE \"C\" FROM users", "expression public.users.email"),
    ("SELECT max(email) FROM users", "expression public.users.email"),
    ("SELECT CASE WHEN email = 'x' THEN 1 END FROM users", "expression public.users.email"),
    ("SELECT email = 'x' FROM users", "expression public.users.email"),
    ("SELECT array_agg(u.email) FROM users AS u", "expression public.users.email"),
    ("SELECT first_value(email) OVER (ORDER BY id) FROM users", "expression public.users.email"),
    ("SELECT (SELECT email FROM users LIMIT 1)", "expression public.users.email"),
    ("SELECT ARRAY(SELECT email FROM users)", "expression public.users.email"),
    ("SELECT 'x' IN (SELECT email FROM users)", "expression public.users.email"),
    ("SELECT upper(x.email) FROM (SELECT email FROM users) x", "expression public.users.email"),
    ("SELECT upper(x.m) FROM (SELECT email FROM users) x (m)", "expression public.users.email"),
    ("SELECT l FROM (SELECT lower(email) AS l FROM users) x", "expression public.users.email"),
    ("WITH x AS (SELECT email AS m FROM users) SELECT m || '' FROM x", "expression public.users.email"),
    ("WITH x (m) AS (SELECT email FROM users) SELECT upper(m) FROM x", "expression public.users.email"),
    ("WITH x AS (DELETE FROM users RETURNING email) SELECT upper(email) FROM x", "expression public.users.email"),
    ("SELECT t FROM users u, LATERAL (SELECT upper(u.email) AS t) x", "expression public.users.email"),
    ("SELECT t FROM users u, regexp_split_to_table(u.email, '@') t", "expression public.users.email"),
    ("SELECT (SELECT o.id::text || u.email FROM orders o LIMIT 1) FROM users u", "expression public.users.email"),
    ("SELECT j.m || '' FROM (users u (a, b, m) JOIN orders o ON true) AS j", "expression public.users.email"),
    ("SELECT lower(mail) FROM users u (id, name, mail)", "expression public.users.email"),
    ("VALUES ((SELECT email FROM users LIMIT 1))", "expression public.users.email"),
    ("UPDATE users SET note = 'x' RETURNING upper(email)", "expression public.users.email"),
    ("UPDATE users SET note = 'x' RETURNING upper(old.email)", "expression public.users.email"),
    ("DECLARE c CURSOR FOR SELECT lower(email) FROM users", "expression public.users.email"),
    ("PREPARE p AS SELECT lower(email) FROM users", "expression public.users.email"),
    ("SELECT 1; SELECT md5(email) FROM users", "expression public.users.email"),
    ("SELECT u FROM users u", "whole_row public.users"),
    ("SELECT row_to_json(u) FROM users u", "whole_row public.users"),
    ("SELECT u::text FROM users u", "whole_row public.users"),
    ("SELECT users FROM users", "whole_row public.users"),
    ("SELECT ROW(u.*) FROM users u", "whole_row public.users"),
    ("SELECT (u).email FROM users u", "whole_row public.users"),
    ("SELECT email(u) FROM users u", "whole_row public.users"),
    ("SELECT u.to_jsonb FROM users u", "whole_row public.users"),
    ("SELECT json_agg(x) FROM (SELECT * FROM users) x", "whole_row public.users"),
    ("SELECT email FROM users UNION SELECT 'x'", "set_operation public.users.email"),
    ("SELECT 'x' UNION ALL SELECT email FROM users", "set_operation public.users.email"),
    ("TABLE badges EXCEPT TABLE badges", "set_operation public.badges.number"),
    ("SELECT email FROM users FULL JOIN people USING (email)", "merged_column public.users.email"),
    ("SELECT * FROM users NATURAL JOIN people", "merged_column public.users.email"),
    ("SELECT j.email FROM users JOIN people USING (email) AS j", "merged_column public.users.email"),
    ("COPY users TO STDOUT", "copy public.users.email"),
    ("COPY public.users (id, email) TO STDOUT", "copy public.users.email"),
    ("COPY (SELECT email FROM users) TO STDOUT", "copy public.users.email"),
    ("COPY (DELETE FROM users RETURNING *) TO STDOUT", "copy public.users.email"),
    ("CREATE TEMP TABLE t AS SELECT * FROM users", "stored public.users.email"),
    ("SELECT email INTO TEMP t FROM users", "stored public.users.email"),
    ("CREATE VIEW v AS SELECT email FROM users", "stored public.users.email"),
    ("CREATE TEMP TABLE t AS EXECUTE p", "stored "),
    ("INSERT INTO notes SELECT email FROM users", "stored public.users.email"),
    ("INSERT INTO users (id, note) SELECT id, email FROM users", "stored public.users.email"),
    ("UPDATE users SET note = email", "stored public.users.email"),
    ("UPDATE users SET email = substr(email, 3)", "stored public.users.email"),
    ("UPDATE users SET born = email", "stored public.users.email"),
    ("UPDATE users SET (note, id) = (SELECT email, id FROM users u)", "stored public.users.email"),
    ("UPDATE notes n SET text = u.email FROM users u WHERE u.id = n.id", "stored public.users.email"),
    ("MERGE INTO notes n USING users u ON true WHEN MATCHED THEN UPDATE SET text = u.email", "stored public.users.email"),
    (
      "MERGE INTO notes n USING users u ON true WHEN NOT MATCHED THEN INSERT (text) VALUES (u.email)", "stored public.users.email"
    ),
    ("INSERT INTO notes VALUES (1) ON CONFLICT (id) DO UPDATE SET text = (SELECT email FROM users)", "stored public.users.email"),
  ])
  func `a masked value without its origin is found`(_ sql: String, _ expected: String) throws {
    let found = try lost(sql)
    #expect(found.contains(expected), "\(found)")
  }

  @Test(arguments: [
    "SELECT * FROM users", "SELECT id, email AS e FROM public.users u WHERE lower(email) LIKE 'a%' ORDER BY email || '' LIMIT 3",
    "SELECT u.*, o.total FROM users u JOIN orders o ON o.mail = u.email", "TABLE users", "SELECT DISTINCT email FROM users",
    "SELECT email, count(*) FROM users GROUP BY email HAVING max(email) > 'a'", "SELECT count(email), count(u) FROM users u",
    "SELECT email IS NULL, id FROM users", "SELECT EXISTS (SELECT email FROM users WHERE email = 'x')",
    "SELECT x.email FROM (SELECT email FROM users) x", "WITH x AS (SELECT email FROM users) SELECT email FROM x",
    "SELECT upper(o.email) FROM orders o, users u", "SELECT lower(full_name), id + 1 FROM users",
    "SELECT upper(email) FROM app.users", "WITH users AS (SELECT 'x' AS email) SELECT upper(email) FROM users",
    "COPY users (id, note) TO STDOUT", "COPY users FROM STDIN", "UPDATE users SET email = email, note = $1 WHERE id = 1",
    "UPDATE users SET email = $1 WHERE email = $2",
    "INSERT INTO users SELECT * FROM users", "INSERT INTO users (email, id) SELECT email, id FROM users RETURNING *",
    "DELETE FROM users WHERE email = 'x' RETURNING id, email", "CREATE TEMP TABLE t AS SELECT id FROM users",
    "SELECT u.email FROM users u JOIN people p USING (id)", "SELECT id FROM users UNION SELECT id FROM people",
    "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n + 1, u.email FROM t, users u",
    "EXPLAIN ANALYZE SELECT lower(email) FROM users", "SELECT ctid, tableoid::regclass FROM users", "SELECT u.ctid FROM users u",
    "LOCK TABLE users", "EXECUTE p", "SELECT upper(x) FROM notes",
  ])
  func `what keeps its origin, and conditions, are let pass`(_ sql: String) throws {
    #expect(try lost(sql) == [])
  }

  @Test func `what is nested too deeply to be followed is not let pass`() throws {
    let deep =
      String(repeating: "SELECT * FROM (", count: 120) + "SELECT lower(email) FROM users" + String(repeating: ") x", count: 120)
    #expect(try lost(deep).contains("too_deep "))
  }

  @Test func `it is told where`() throws {
    let sql = "SELECT id,\n  lower(email) FROM users"
    let found = try #require(TranslationTests.analyser).analyse(text: sql).lostOrigins(shopShadows)
    #expect(found.map(\.offset) == [19])
    #expect(found.allSatisfy { $0.message.contains("public.users.email") && !$0.next.isEmpty })
  }
}
