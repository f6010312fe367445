-- JSON: rows made into a set again
SELECT * FROM json_to_recordset((SELECT json_agg(u) FROM users u)) AS r (id int, email text, born date) WHERE id < 4;

SELECT * FROM jsonb_populate_recordset(NULL::public.users, (SELECT jsonb_agg(u) FROM users u)) ORDER BY 1 LIMIT 2;

SELECT (jsonb_populate_record(u, '{"note": "x"}')).email FROM public.users u WHERE id = 1;
