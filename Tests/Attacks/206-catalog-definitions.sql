-- catalogue: text that may hold values
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'public.users'::regclass;

SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'public.users'::regclass ORDER BY 1;

SELECT pg_get_partkeydef('public.events'::regclass);
