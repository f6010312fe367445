-- JSON: keys and values
SELECT j.* FROM users u, jsonb_each_text(to_jsonb(u)) j;

SELECT hstore(u) FROM users u;
