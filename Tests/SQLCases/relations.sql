--# place schema.name@byte offset of the name
SELECT * FROM t, public.u AS x, d.s."V w"
--> read t@14, read public.u@17, read d.s.V w@32
SELECT 'ü' FROM t
--> read t@17
SELECT (SELECT max(a) FROM t) FROM u WHERE EXISTS (SELECT 1 FROM v)
--> read t@27, read u@35, read v@65
SELECT * FROM a JOIN b USING (x) LEFT JOIN LATERAL (SELECT * FROM c) c ON true
--> read a@14, read b@21, read c@66
SELECT * FROM ONLY t TABLESAMPLE system (1)
--> read t@19
SELECT * FROM t FOR UPDATE OF t
--> read t@14
TABLE t
--> read t@6
TABLE a UNION ALL TABLE b
--> read a@6, read b@24
SELECT * FROM U&"\0074"
--> read t@14
SELECT * FROM ROWS FROM (generate_series(1, 2)) g, json_to_record('{}') AS j (a int)
-->
--# Common table expressions
WITH t AS (SELECT 1) SELECT * FROM t
-->
WITH t AS (SELECT 1) SELECT * FROM public.t
--> read public.t@35
WITH t AS (SELECT * FROM t) SELECT * FROM t
--> read t@25
WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t
-->
WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, b
--> read b@25
WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a
-->
SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) x, t
--> read t@56
WITH t AS (SELECT 1) SELECT (SELECT max(a) FROM t) FROM (SELECT * FROM t) x
-->
WITH t AS (WITH u AS (SELECT 1) SELECT * FROM u) SELECT * FROM u, t
--> read u@63
WITH t AS (DELETE FROM u RETURNING *) SELECT * FROM t
--> write u@23
WITH u AS (SELECT 1) DELETE FROM u USING u AS v WHERE v.a = u.a
--> write u@33
WITH t AS (SELECT 1) INSERT INTO t SELECT * FROM t
--> write t@33
WITH t AS (SELECT 1) TABLE t UNION TABLE u
--> read u@41
(WITH t AS (SELECT 1) TABLE t) UNION TABLE t
--> read t@43
WITH t AS MATERIALIZED (SELECT 1), u AS NOT MATERIALIZED (SELECT * FROM t) SELECT * FROM u
-->
WITH "T" AS (SELECT 1) SELECT * FROM t, "T", T
--> read t@37, read t@45
WITH t AS (SELECT 1) MERGE INTO u USING t ON u.a = t.a WHEN MATCHED THEN DELETE
--> write u@32
--# Other places
INSERT INTO s.t (a) SELECT a FROM u RETURNING (SELECT max(a) FROM v)
--> write s.t@12, read u@34, read v@66
UPDATE t SET a = u.a FROM u, v WHERE t.id = u.id
--> write t@7, read u@26, read v@29
UPDATE t SET (a, b) = (SELECT c, d FROM u)
--> write t@7, read u@40
DELETE FROM t USING u JOIN v ON true WHERE t.id = u.id
--> write t@12, read u@20, read v@27
COPY t (a, b) TO STDOUT
--> read t@5
COPY (SELECT * FROM t) TO STDOUT
--> read t@20
COPY t FROM STDIN
--> write t@5
EXPLAIN ANALYZE SELECT * FROM t
--> read t@30
DECLARE c CURSOR FOR SELECT * FROM t
--> read t@35
PREPARE p AS SELECT * FROM t
--> read t@27
CREATE TABLE a AS SELECT * FROM t
--> define a@13, read t@32
SELECT * INTO a FROM t
--> define a@14, read t@21
CREATE VIEW v AS SELECT * FROM t
--> define v@12, read t@31
CREATE TABLE a (LIKE t) INHERITS (u)
--> define a@13, define t@21, define u@34
CREATE TABLE a (b int REFERENCES u (c))
--> define a@13, define u@33
ALTER TABLE s.t ADD COLUMN a int
--> define s.t@12
DROP TABLE s.t, u
--> define s.t@0, define u@0
DROP TRIGGER x ON s.t
--> define s.t@0
COMMENT ON COLUMN s.t.a IS 'x'
--> define s.t@0
TRUNCATE a, s.b
--> write a@9, write s.b@12
LOCK TABLE t
--> define t@11
VACUUM t
--> define t@7
GRANT SELECT ON t TO x
--> define t@16
CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u
--> define t@30, write u@52
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END
--> read t@82
SELECT 1; SELECT * FROM t
--> read t@24
