-- SQLAlchemy's ORM session, captured: reads, a flush, a lock, a delete
BEGIN;

select pg_catalog.version();

select current_schema();

show transaction isolation level;

show standard_conforming_strings;

SAVEPOINT "_pg3_1";

SELECT
    typname AS name, oid, typarray AS array_oid,
    oid::regtype::text AS regtype, typdelim AS delimiter
FROM pg_type t
WHERE t.oid = to_regtype('hstore')
ORDER BY t.oid;

RELEASE "_pg3_1";

SELECT users.id, users.full_name, users.email, users.card, users.ssn, users.born, users.note 
FROM users 
WHERE users.id IN ('1'::INTEGER, '2'::INTEGER, '3'::INTEGER) ORDER BY users.id;

SELECT users.id, users.email, count(orders.id) AS count_1 
FROM users JOIN orders ON orders.user_id = users.id GROUP BY users.id, users.email ORDER BY users.id 
 LIMIT '5'::INTEGER;

SELECT users.id, users.full_name, users.email, users.card, users.ssn, users.born, users.note 
FROM users 
WHERE users.id = '4'::INTEGER;

SELECT orders.id, orders.user_id, orders.total, orders.state, orders.note, orders.created_at 
FROM orders 
WHERE orders.id = '7'::INTEGER;

UPDATE orders SET state='paid'::VARCHAR WHERE orders.id = '7'::INTEGER;

INSERT INTO orders (id, user_id, total, state, note) VALUES ('500'::INTEGER, '1'::INTEGER, '3', 'new'::VARCHAR, NULL::VARCHAR) RETURNING orders.created_at;

SELECT orders.id, orders.user_id, orders.total, orders.state, orders.note, orders.created_at 
FROM orders 
WHERE orders.user_id = '1'::INTEGER ORDER BY orders.id FOR UPDATE;

SELECT orders.id, orders.user_id, orders.total, orders.state, orders.note, orders.created_at 
FROM orders 
WHERE orders.id = '500'::INTEGER;

DELETE FROM orders WHERE orders.id = '500'::INTEGER;

COMMIT;

SELECT users.id, users.full_name, users.email, users.card, users.ssn, users.born, users.note 
FROM users 
WHERE users.full_name ILIKE 'person 1%'::VARCHAR ORDER BY users.id DESC 
 LIMIT '3'::INTEGER OFFSET '2'::INTEGER;

SELECT users.full_name, anon_1.t 
FROM users JOIN (SELECT orders.user_id AS user_id, sum(orders.total) AS t 
FROM orders GROUP BY orders.user_id) AS anon_1 ON anon_1.user_id = users.id ORDER BY anon_1.t DESC, users.id 
 LIMIT '3'::INTEGER;
