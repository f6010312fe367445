-- errors: collations that clash, and orders by odd ones
SELECT id FROM users ORDER BY email COLLATE "C" || card COLLATE "POSIX";

SELECT id FROM users WHERE email COLLATE "C" < card COLLATE "POSIX";

SELECT min(email COLLATE "und-x-icu"), max(card COLLATE "ucs_basic") FROM users;

SELECT id FROM users ORDER BY email COLLATE "pg_c_utf8", id;

CREATE COLLATION pg_temp.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); SELECT count(*) FROM users WHERE email COLLATE pg_temp.ci = 'CANARYQXZ001@EXAMPLE.COM';

SELECT id FROM users WHERE email COLLATE pg_temp.ci LIKE 'c%';

SELECT casefold(email), unicode_assigned(card), normalize(ssn, NFKD) FROM users ORDER BY 1, 2, 3;

SELECT id FROM public.users ORDER BY email COLLATE "C";
