-- JSON: does the document hold a guess
SELECT id FROM users u WHERE to_jsonb(u) @> '{"email": "canaryqxa001@example.com"}';

SELECT id FROM users u WHERE to_jsonb(u) ? 'canaryqxa001@example.com' OR jsonb_build_array(u.email) ? 'canaryqxb001@example.com';

SELECT count(*) FROM users u WHERE jsonb_path_exists(to_jsonb(u), '$.card ? (@ starts with "40071111")');

SELECT count(*) FROM public.users u WHERE to_jsonb(u) ->> 'email' = 'canaryqxb001@example.com';
