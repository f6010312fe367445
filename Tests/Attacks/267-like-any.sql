-- inference: patterns in an array
SELECT id FROM users WHERE email LIKE ANY (ARRAY['%qxa00%', '%qxb01%']) ORDER BY id;

SELECT id FROM users WHERE email ~* ALL ('{^c,qxa}') ORDER BY id;

SELECT id FROM users WHERE email ILIKE '%QXB%' OR card ~~ '40071%' ORDER BY id;

SELECT id FROM users WHERE starts_with(email, 'canaryqxa') OR email ^@ 'canaryqxb';
