-- projection: rows gathered into an array
SELECT (r).email FROM (SELECT unnest(array_agg(u)) AS r FROM users u) s;

SELECT unnest(ARRAY(SELECT u FROM public.users u));

SELECT array_to_string(array_agg(u), ';') FROM users u WHERE id < 3;
