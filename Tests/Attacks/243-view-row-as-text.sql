-- views: the whole row as text, of which the catalogue records no column
CREATE TEMP VIEW rows AS SELECT u::text AS t FROM public.users u;

SELECT t FROM rows ORDER BY t LIMIT 3;

CREATE TEMP VIEW counted AS SELECT count(u) FROM public.users u;

TABLE counted;
