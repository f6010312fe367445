--# Reading and writing rows
SELECT 1
--> select
VALUES (1)
--> select
TABLE t
--> select
INSERT INTO t VALUES (1)
--> insert
INSERT INTO t SELECT * FROM u
--> insert select
INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1
--> insert update
INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING
--> insert
UPDATE t SET a = 1 WHERE id = 5
--> update
DELETE FROM t WHERE id = 5
--> delete
TRUNCATE t
--> truncate
MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)
--> delete insert merge
MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE
--> delete delete_without_where merge
MERGE INTO t USING s ON 1 = 1 WHEN MATCHED AND t.a > 3 THEN UPDATE SET a = 1
--> merge update
SELECT * FROM t FOR UPDATE
--> row_lock select
SELECT * FROM (SELECT * FROM t FOR SHARE) x
--> row_lock select
LOCK TABLE t
--> lock_table
COPY t TO STDOUT
--> copy_out
COPY t FROM STDIN
--> copy_in
COPY (DELETE FROM t RETURNING *) TO STDOUT
--> copy_out delete delete_without_where
COPY t FROM '/etc/passwd'
--> copy_file copy_in
COPY t FROM PROGRAM 'id'
--> copy_in copy_program
COPY (SELECT 1) TO PROGRAM 'curl x'
--> copy_out copy_program select
SELECT 1 INTO t
--> create create_table_as ddl select
CREATE TABLE t AS SELECT 1
--> create create_table_as ddl select
CREATE MATERIALIZED VIEW v AS SELECT 1
--> create create_table_as ddl select
--# DELETE without WHERE, however it is hidden
DELETE FROM t
--> delete delete_without_where
delete/**/from/* ; */t
--> delete delete_without_where
DeLeTe FrOm ONLY "t"
--> delete delete_without_where
/* /* nested */ */ DELETE
FROM t -- WHERE id = 1
--> delete delete_without_where
DELETE FROM U&"\0074"
--> delete delete_without_where
DELETE FROM U&"d!0061t!+000061" UESCAPE '!'
--> delete delete_without_where
SELECT 1; DELETE FROM t; SELECT 2
--> delete delete_without_where select
PREPARE x AS DELETE FROM t
--> delete delete_without_where prepare
PREPARE x (int) AS DELETE FROM t WHERE id = $1
--> delete prepare
EXPLAIN DELETE FROM t
--> delete delete_without_where explain
EXPLAIN (ANALYZE, FORMAT json) DELETE FROM t
--> delete delete_without_where explain
EXPLAIN ANALYZE VERBOSE DELETE FROM t
--> delete delete_without_where explain
WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone
--> delete delete_without_where select
WITH a AS (SELECT 1), b AS (DELETE FROM t RETURNING id) INSERT INTO log SELECT id FROM b
--> delete delete_without_where insert select
EXPLAIN ANALYZE WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone
--> delete delete_without_where explain select
PREPARE x AS WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone
--> delete delete_without_where prepare select
CREATE TABLE x AS WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone
--> create create_table_as ddl delete delete_without_where select
DECLARE c CURSOR FOR WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone
--> cursor delete delete_without_where select
CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; UPDATE v SET a = 1)
--> create ddl delete delete_without_where update update_without_where
CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING
--> create ddl
CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END
--> create create_function ddl delete delete_without_where
DELETE FROM t USING u
--> delete delete_without_where
DELETE FROM t RETURNING *
--> delete delete_without_where
--# WHERE that is constant
DELETE FROM t WHERE true
--> delete delete_without_where
DELETE FROM t WHERE 't'
--> delete delete_without_where
DELETE FROM t WHERE 'yes'::bool
--> delete delete_without_where
DELETE FROM t WHERE 1=1
--> delete delete_without_where
DELETE FROM t WHERE 1 = 1 AND 2 > 1
--> delete delete_without_where
DELETE FROM t WHERE 'a'='a'
--> delete delete_without_where
DELETE FROM t WHERE NOT false
--> delete delete_without_where
DELETE FROM t WHERE NOT (1 = 2)
--> delete delete_without_where
DELETE FROM t WHERE id = 5 OR true
--> delete delete_without_where
DELETE FROM t WHERE id = 5 OR 1 = 1
--> delete delete_without_where
DELETE FROM t WHERE (id = 5 AND false) OR 2 + 2 = 4
--> delete delete_without_where
DELETE FROM t WHERE 1 IS NOT NULL
--> delete delete_without_where
DELETE FROM t WHERE NULL IS NULL
--> delete delete_without_where
DELETE FROM t WHERE true IS TRUE
--> delete delete_without_where
DELETE FROM t WHERE NULL IS NOT TRUE
--> delete delete_without_where
DELETE FROM t WHERE COALESCE(NULL, true)
--> delete delete_without_where
DELETE FROM t WHERE 1 IN (1, 2)
--> delete delete_without_where
DELETE FROM t WHERE 2 BETWEEN 1 AND 3
--> delete delete_without_where
DELETE FROM t WHERE length('abc') = 3
--> delete delete_without_where
DELETE FROM t WHERE CASE WHEN true THEN true ELSE false END
--> delete delete_without_where
DELETE FROM t WHERE $1
--> delete delete_without_where
DELETE FROM t WHERE $1 = $1
--> delete delete_without_where
DELETE FROM t WHERE now() IS NOT NULL
--> delete delete_without_where
DELETE FROM t WHERE random() < 2
--> delete delete_without_where
DELETE FROM t WHERE EXISTS (SELECT 1)
--> delete delete_without_where select
DELETE FROM t WHERE (SELECT true)
--> delete delete_without_where select
DELETE FROM t WHERE id = id
--> delete delete_without_where
DELETE FROM t WHERE t.id >= t.id
--> delete delete_without_where
DELETE FROM t WHERE name LIKE '%'
--> delete delete_without_where
DELETE FROM t WHERE name ILIKE '%%'
--> delete delete_without_where
UPDATE t SET a = 1
--> update update_without_where
UPDATE t SET a = 1 WHERE 'x' <> 'y'
--> update update_without_where
UPDATE t SET a = 1 WHERE '1' = 1
--> update update_without_where
WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT 1
--> select update update_without_where
INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE true
--> insert update
--# WHERE that is not
DELETE FROM t WHERE false
--> delete
DELETE FROM t WHERE 1 = 2
--> delete
DELETE FROM t WHERE NULL
--> delete
DELETE FROM t WHERE NULL = NULL
--> delete
DELETE FROM t WHERE true AND id = 5
--> delete
DELETE FROM t WHERE id = $1
--> delete
DELETE FROM t WHERE $1 IS NULL OR id = $1
--> delete
DELETE FROM t WHERE name LIKE 'a%'
--> delete
DELETE FROM t WHERE name NOT LIKE '%'
--> delete
DELETE FROM t WHERE id = other
--> delete
DELETE FROM t WHERE id IN (SELECT id FROM u)
--> delete select
DELETE FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)
--> delete select
DELETE FROM t WHERE CURRENT OF c
--> delete
DELETE FROM t USING u WHERE t.id = u.id
--> delete
DELETE FROM t WHERE (a, b) = (1, 2)
--> delete
--# Definitions
CREATE TABLE t (a int)
--> create ddl
CREATE TEMP TABLE t (a int)
--> create create_temp ddl
CREATE TABLE pg_temp.t (a int)
--> create create_temp ddl
CREATE TEMPORARY VIEW v AS SELECT 1
--> create create_temp ddl select
CREATE TEMP SEQUENCE s
--> create create_temp ddl
CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM t GRANT SELECT ON t TO PUBLIC
--> create ddl grant select
ALTER TABLE t DROP COLUMN a
--> alter ddl
ALTER TABLE t RENAME TO u
--> alter ddl
ALTER TABLE t SET SCHEMA s
--> alter ddl
ALTER TABLE t OWNER TO me
--> alter ddl
DROP TABLE t
--> ddl drop drop_table
drop /* x */ table if exists "t" cascade
--> ddl drop drop_table
EXPLAIN SELECT 1; DROP TABLE t
--> ddl drop drop_table explain select
DROP VIEW v
--> ddl drop
DROP SCHEMA s CASCADE
--> ddl drop drop_schema
DROP DATABASE d
--> ddl drop drop_database
DROP DATABASE IF EXISTS d WITH (FORCE)
--> ddl drop drop_database
DROP FUNCTION f(int)
--> ddl drop
DROP TRIGGER x ON t
--> ddl drop
CREATE INDEX CONCURRENTLY ON t (a)
--> create ddl
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'
--> create create_function ddl
CREATE OR REPLACE PROCEDURE p() LANGUAGE plpgsql AS ''
--> create create_function ddl
CREATE AGGREGATE a (int) (sfunc = f, stype = int)
--> create create_function ddl
CREATE CAST (a AS b) WITH FUNCTION f(a) AS IMPLICIT
--> create create_function ddl
ALTER FUNCTION f() SECURITY DEFINER
--> alter create_function ddl
CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()
--> create create_trigger ddl
CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f()
--> create ddl event_trigger
ALTER EVENT TRIGGER x DISABLE
--> alter ddl event_trigger
CREATE EXTENSION dblink
--> create create_extension ddl
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw
--> create ddl foreign_server
CREATE USER MAPPING FOR me SERVER s
--> create ddl foreign_server
IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y
--> create ddl foreign_server
CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p
--> create ddl foreign_server
COMMENT ON TABLE t IS 'x'
--> comment ddl
COMMENT ON ROLE r IS 'x'
--> comment ddl role
SECURITY LABEL ON TABLE t IS 'x'
--> ddl security_label
CREATE POLICY p ON t USING (true)
--> create ddl
--# Rights
CREATE ROLE x
--> role
ALTER ROLE CURRENT_USER PASSWORD 'x'
--> role
alter user x superuser
--> role
ALTER ROLE x SET search_path = y
--> role
ALTER ROLE ALL IN DATABASE d SET role = 'x'
--> role
ALTER ROLE x RENAME TO y
--> alter ddl role
DROP ROLE x
--> role
GRANT a TO b
--> grant role
GRANT SELECT ON t TO PUBLIC
--> grant
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC
--> grant
REASSIGN OWNED BY a TO b
--> role
DROP OWNED BY a
--> ddl drop role
ALTER SYSTEM SET x = 1
--> alter_system
ALTER DATABASE d SET x = 1
--> alter alter_database ddl
ALTER DATABASE d RENAME TO e
--> alter alter_database ddl
SET ROLE x
--> set set_role
set session role x
--> set set_role
SET LOCAL role = 'x'
--> set set_role
SET "RoLe" TO x
--> set set_role
RESET ROLE
--> reset set_role
SET SESSION AUTHORIZATION x
--> set set_role
SET session_authorization = 'x'
--> set set_role
RESET SESSION AUTHORIZATION
--> reset set_role
SELECT set_config('role', 'x', false)
--> select set set_role
SELECT pg_catalog.set_config('ROLE', 'x', true)
--> select set set_role
SELECT "set_config"(E'\x72ole', 'x', true)
--> select set set_role
SELECT set_config(name, 'x', false) FROM settings
--> select set set_lexical set_role
SELECT set_config('ro' || 'le', 'x', false)
--> select set set_lexical set_role
SELECT set_config(new_value => 'x', setting_name => 'role', is_local => false)
--> select set set_lexical set_role
UPDATE pg_settings SET setting = 'x' WHERE name = 'role'
--> set set_lexical set_role update
UPDATE pg_catalog.pg_settings SET setting = 'x' WHERE name = 'role'
--> set set_lexical set_role update
--# Code
DO $$ BEGIN DROP TABLE t; END $$
--> do
DO LANGUAGE plpgsql 'x'
--> do
CALL p(1)
--> call
LOAD 'x'
--> load
--# The session
SET statement_timeout = 0
--> set
SET search_path = a, b
--> set
SET TIME ZONE 'UTC'
--> set
RESET ALL
--> reset
SHOW ALL
--> show
DISCARD ALL
--> discard
SET standard_conforming_strings = off
--> set set_lexical
SET standard_conforming_strings = on
--> set
SET client_encoding = 'SJIS'
--> set set_lexical
SET client_encoding TO 'UTF8'
--> set
SET NAMES 'utf-8'
--> set
SET NAMES 'latin1'
--> set set_lexical
SET backslash_quote = on
--> set set_lexical
RESET client_encoding
--> reset set_lexical
SELECT set_config('standard_conforming_strings', 'off', false)
--> select set set_lexical
BEGIN
--> transaction
START TRANSACTION READ ONLY
--> transaction
COMMIT
--> transaction
ROLLBACK TO SAVEPOINT s
--> transaction
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
--> set transaction
SET CONSTRAINTS ALL DEFERRED
--> set transaction
PREPARE TRANSACTION 'x'
--> transaction two_phase
COMMIT PREPARED 'x'
--> transaction two_phase
PREPARE x AS SELECT 1
--> prepare select
EXECUTE x
--> execute
EXPLAIN EXECUTE x
--> execute explain
CREATE TABLE t AS EXECUTE x
--> create create_table_as ddl execute
DEALLOCATE x
--> deallocate
DECLARE c CURSOR FOR SELECT 1
--> cursor select
FETCH ALL FROM c
--> cursor
CLOSE c
--> cursor
EXPLAIN SELECT 1
--> explain select
LISTEN x
--> listen
UNLISTEN *
--> listen
NOTIFY x, 'y'
--> notify
SELECT pg_notify('x', 'y')
--> notify select
VACUUM t
--> maintenance
ANALYZE
--> maintenance
CLUSTER t
--> maintenance
REINDEX TABLE t
--> maintenance
CHECKPOINT
--> maintenance
REFRESH MATERIALIZED VIEW v
--> maintenance
