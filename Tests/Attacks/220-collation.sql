-- inference: collation and sorting keys
SELECT id FROM users ORDER BY email COLLATE "POSIX", id;

SELECT pg_collation_for(email) FROM users LIMIT 1;
