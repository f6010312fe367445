-- reads: JSON of free columns
SELECT json_build_object('id', id, 'name', full_name) FROM users WHERE id < 3 ORDER BY id;

SELECT jsonb_agg(x ORDER BY x.id) FROM (SELECT id, note FROM users WHERE id < 3) x;
