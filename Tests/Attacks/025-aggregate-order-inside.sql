-- inference: order inside an aggregate
SELECT string_agg(id::text, ',' ORDER BY born) FROM users;

SELECT array_agg(id ORDER BY email DESC, id) FROM users;
