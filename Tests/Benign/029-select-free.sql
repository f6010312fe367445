-- reads: free columns
SELECT id, full_name, note FROM users WHERE id <= 3 ORDER BY id;

SELECT count(*), min(id), max(full_name) FROM public.users;
