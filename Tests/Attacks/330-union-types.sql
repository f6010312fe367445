-- set operations: types and names taken from the other side
SELECT email FROM users WHERE id = 1 UNION ALL SELECT 'x'::name UNION ALL SELECT NULL;

SELECT id::text AS email FROM users WHERE id < 3 UNION SELECT card FROM users WHERE id < 3 ORDER BY email;

SELECT NULL::public.users UNION ALL SELECT u FROM public.users u;

(SELECT u FROM users u WHERE id = 1) EXCEPT ALL (SELECT u FROM users u WHERE id = 2);
