-- errors: CONTEXT of a failing expression
SELECT ('{"a":' || email || '}')::json FROM users;

SELECT xmlparse(document email) FROM users;

SELECT jsonb_path_query(('"' || email || '"')::jsonb, '$.datetime()') FROM users;
