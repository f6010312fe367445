-- DBeaver: a cell is edited and the row read again
SELECT x.* FROM public.orders x WHERE x.user_id = 4 ORDER BY id;

UPDATE public.orders SET note='by hand' WHERE id=3;

SELECT id, user_id, total, state, note, created_at FROM public.orders WHERE id=3;

SELECT count(*) FROM (SELECT x.* FROM public.users x) dbvrcnt;
