-- JSON: whole rows
SELECT to_jsonb(users), row_to_json(u) FROM users, users u LIMIT 3;

SELECT to_json(array_agg(u)) FROM users u;
