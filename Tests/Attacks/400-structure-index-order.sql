-- structure: the order in which an index of a masked column is read
SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;

SELECT id FROM users WHERE born IS NOT NULL;

SELECT id FROM public.users;

SELECT array_agg(id) FROM (SELECT id, born FROM users WHERE born > '1900-01-01' AND lower(email) > '') AS x;

BEGIN; DECLARE back SCROLL CURSOR FOR SELECT id FROM users WHERE email IS NOT NULL; FETCH LAST FROM back; FETCH BACKWARD ALL FROM back; COMMIT;

SELECT DISTINCT ON (born) id, born FROM users;

SELECT id FROM users ORDER BY born FETCH FIRST 5 ROWS ONLY;

UPDATE public.users SET note = 'seen' WHERE id > 0 RETURNING id;

SELECT u.id, o.id FROM public.users u JOIN public.orders o ON o.user_id = u.id WHERE o.total > 100;
