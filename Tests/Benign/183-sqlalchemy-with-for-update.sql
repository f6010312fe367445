-- SQLAlchemy: with_for_update(), read=True, of=, key_share, refresh under a lock
BEGIN;

SELECT users.id, users.full_name, users.email, users.card, users.ssn, users.born, users.note 
FROM users 
WHERE users.id = '1'::INTEGER FOR UPDATE;

SELECT users.id AS users_id, users.full_name AS users_full_name, users.email AS users_email, users.note AS users_note 
FROM users 
WHERE users.id = '2'::INTEGER FOR SHARE;

SELECT users_1.id, users_1.email, orders.id AS id_1, orders.total 
FROM orders JOIN users AS users_1 ON users_1.id = orders.user_id 
WHERE orders.id = '3'::INTEGER FOR UPDATE OF users_1 NOWAIT;

SELECT users.email, users.id 
FROM users 
WHERE users.born < '1990-01-01'::DATE AND users.id < '4'::INTEGER ORDER BY users.id FOR NO KEY UPDATE OF users SKIP LOCKED;

UPDATE users SET note='alchemy'::VARCHAR WHERE users.id = '1'::INTEGER;

SELECT users.id, users.full_name, users.email, users.note 
FROM users 
WHERE users.id = '1'::INTEGER FOR KEY SHARE;

ROLLBACK;
