-- Entity Framework Core (Npgsql): queries with split includes, upserts by key, concurrency checks
SELECT u.id, u.born, u.card, u.email, u.full_name, u.note, u.ssn FROM users AS u WHERE u.id = 2 LIMIT 2;

SELECT u0.id, u0.email, o.id, o.note, o.state, o.total FROM (SELECT u.id, u.email FROM users AS u ORDER BY u.id LIMIT 2) AS u0 LEFT JOIN orders AS o ON u0.id = o.user_id ORDER BY u0.id, o.id;

SELECT EXISTS (SELECT 1 FROM users AS u WHERE u.full_name = 'Person 3');

SELECT o.state AS "State", count(*)::int AS "Count", COALESCE(sum(o.total), 0.0) AS "Total" FROM orders AS o INNER JOIN users AS u ON o.user_id = u.id WHERE u.note LIKE 'note%' GROUP BY o.state ORDER BY o.state;

SELECT u.full_name, u.email FROM users AS u WHERE u.id = ANY (ARRAY[1, 2, 3]) ORDER BY u.full_name;

BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED; UPDATE users SET note = 'ef' WHERE id = 6 AND full_name = 'Person 6'; SELECT 1; COMMIT;

SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace WHERE n.nspname='public' AND c.relname='__EFMigrationsHistory');

SELECT u.id, (SELECT count(*)::int FROM orders AS o WHERE u.id = o.user_id) AS "Orders", date_part('year', u.born)::int AS "Year" FROM users AS u ORDER BY u.id LIMIT 3;
