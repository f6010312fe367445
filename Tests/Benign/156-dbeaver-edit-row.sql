-- DBeaver: a cell is edited, a row added and one deleted in the data grid
SELECT x.* FROM public.users x ORDER BY id LIMIT 3;

UPDATE public.users SET note='edited' WHERE id=2;

INSERT INTO public.users (id, full_name, born, note) VALUES (901, 'New Person', '1990-05-05', 'by hand') RETURNING *;

DELETE FROM public.users WHERE id=901;

SELECT count(*) FROM (SELECT x.* FROM public.users x) dbvrcnt;
