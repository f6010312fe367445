-- expressions: subscripts, slices, jsonb assignment from masked values
UPDATE orders SET note = (SELECT (string_to_array(email, '@'))[1] FROM users WHERE id = 1) WHERE id = 1 RETURNING note;

SELECT (regexp_split_to_array(email, ''))[2:12], (string_to_array(card, NULL))[1:12] FROM users ORDER BY id;

SELECT (to_jsonb(u))['email'], (to_jsonb(u) - 'id') #>> '{card}', to_jsonb(u) @? '$.ssn ? (@ starts with "90")' FROM users u ORDER BY id;

SELECT jsonb_path_query_array(jsonb_agg(to_jsonb(u) ORDER BY id), '$[*].born.date()') FROM users u;

SELECT jsonb_set_lax('{}', ARRAY[email], to_jsonb(card), true, 'raise_exception') FROM users ORDER BY id;

SELECT jsonb_path_query(to_jsonb(u), '$.card.double()') FROM users u;

SELECT jsonb_path_query(to_jsonb(u), '$.email.integer()') FROM users u;
