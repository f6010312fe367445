-- JSON: aggregated into one document
SELECT jsonb_object_agg(id, email ORDER BY id) FROM users;

SELECT json_object(array_agg(id::text), array_agg(card)) FROM users;

SELECT jsonb_set('{}', ARRAY[email], to_jsonb(ssn)) FROM users WHERE id = 1;

SELECT jsonb_pretty(jsonb_agg(u) FILTER (WHERE id < 3)) FROM users u;
