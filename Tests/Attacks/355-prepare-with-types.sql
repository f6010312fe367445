-- prepared: declared types that make the value an error or a function's argument
PREPARE t (int) AS SELECT id FROM users WHERE card = $1::text || '';

EXECUTE t ('canaryqxz');

PREPARE r (users) AS SELECT ($1).email, $1;

EXECUTE r ((SELECT u FROM users u WHERE id = 1));

PREPARE a (text[]) AS SELECT id FROM users WHERE email = ANY ($1);

EXECUTE a ((SELECT array_agg(email) FROM users));

EXECUTE a ((SELECT array_agg(email) FROM public.users));

PREPARE w (text) AS UPDATE users SET email = $1 WHERE id = 1 RETURNING *;

EXECUTE w ((SELECT max(card) FROM users));

EXPLAIN (ANALYZE, VERBOSE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) EXECUTE w ('someone@example.org');

SELECT name, statement, parameter_types FROM pg_prepared_statements ORDER BY 1;

DEALLOCATE ALL;
