-- extensions: likeness and sound as an answer
SELECT id, ext.similarity(email, 'canaryqxa001@example.com'), email OPERATOR(ext.%) 'canaryqxa001', ext.word_similarity('anaryqxa', email) FROM users ORDER BY 1 LIMIT 4;

SET pg_trgm.similarity_threshold = 0.01; SELECT id FROM users WHERE email OPERATOR(ext.%) 'anaryqxa' ORDER BY email OPERATOR(ext.<->) 'anaryqxa', id LIMIT 4;

SELECT ext.levenshtein(email, 'canaryqxa001@example.com'), ext.soundex(email), ext.metaphone(email, 10) FROM users WHERE id < 3 ORDER BY 1, 2;

SELECT ext.show_trgm(card), ext.unaccent(email), ext.digest(ssn, 'sha256'), ext.crypt(card, 'aa') FROM users WHERE id < 3 ORDER BY 1;

DO $do$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT id FROM public.users ORDER BY email OPERATOR(ext.<->) ''anaryqxa''' LOOP RAISE NOTICE '%', r; END LOOP; END $do$;

SELECT email::ext.citext = 'CANARYQXA001@EXAMPLE.COM', ext.regexp_match(email::ext.citext, 'QXA'::ext.citext) FROM users WHERE id = 1;

SELECT ext.text2ltree(replace(replace(email, '@', '.'), '*', 'x')), ext.intset(length(email)) FROM users WHERE id = 1;
