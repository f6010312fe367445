-- projection: a row carried through levels and opened again
SELECT (s.x).email FROM (SELECT u AS x FROM users u) s WHERE (s.x).id = 1;

SELECT (((s.y).x)::text) FROM (SELECT ROW(t.*) AS y FROM (SELECT u AS x FROM users u) t) s;

SELECT (s.x).* FROM (SELECT u AS x FROM public.users u OFFSET 0) s WHERE (s.x).id = 2;
