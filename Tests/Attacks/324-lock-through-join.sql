-- row locks: through joins and subqueries
SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE u.email LIKE '%qxa%' ORDER BY o.id LIMIT 2 FOR UPDATE OF o SKIP LOCKED;

SELECT id FROM (SELECT id, email FROM public.users) s WHERE email LIKE '%qxa%' FOR SHARE NOWAIT;

SELECT id FROM users WHERE card < '40072' FOR NO KEY UPDATE;

SELECT users.* FROM users FOR KEY SHARE;
