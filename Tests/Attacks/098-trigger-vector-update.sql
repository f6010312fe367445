-- triggers: tsvector_update_trigger copies columns
CREATE TEMP TABLE t (id int, v tsvector, email text);

CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(v, 'pg_catalog.simple', email);

INSERT INTO t (id, email) SELECT id, email FROM users;

SELECT v FROM t;
