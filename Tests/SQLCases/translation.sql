--# Reading places
SELECT * FROM users
--> SELECT * FROM "iss_m_1".users
select*from users
--> select*from "iss_m_1".users
SELECT * FROM public.users WHERE id = 5
--> SELECT * FROM "iss_m_1".users WHERE id = 5
SELECT * FROM public . /* x */ users
--> SELECT * FROM "iss_m_1" . /* x */ users
SELECT * FROM "public"."users"
--> SELECT * FROM "iss_m_1"."users"
SELECT * FROM U&"\0075sers"
--> SELECT * FROM "iss_m_1".U&"\0075sers"
SELECT * FROM U&"p!0075blic" UESCAPE '!' . users
--> SELECT * FROM "iss_m_1" . users
SELECT * FROM PUBLIC.Users
--> SELECT * FROM "iss_m_1".Users
SELECT * FROM "Users"
--> =
SELECT * FROM shop.public.users
--> SELECT * FROM shop."iss_m_1".users
SELECT * FROM app.users
--> =
SELECT 'ü', email FROM users
--> SELECT 'ü', email FROM "iss_m_1".users
SELECT u.email, users.id FROM users u, users
--> SELECT u.email, users.id FROM "iss_m_1".users u, "iss_m_1".users
SELECT users.*, users FROM users
--> SELECT users.*, users FROM "iss_m_1".users
SELECT public.users.email, public.users.* FROM users
--> SELECT "iss_m_1".users.email, "iss_m_1".users.* FROM "iss_m_1".users
SELECT shop.public.users.email FROM public.users
--> SELECT shop."iss_m_1".users.email FROM "iss_m_1".users
SELECT public.users.email FROM app.users
--> =
SELECT public.users.email FROM public.users u
--> SELECT public.users.email FROM "iss_m_1".users u
SELECT (SELECT public.users.email) FROM public.users
--> SELECT (SELECT "iss_m_1".users.email) FROM "iss_m_1".users
SELECT * FROM orders o JOIN users u ON u.id = o.user_id
--> SELECT * FROM orders o JOIN "iss_m_1".users u ON u.id = o.user_id
SELECT * FROM orders o LEFT JOIN (users u JOIN payments p USING (id)) ON true
--> SELECT * FROM orders o LEFT JOIN ("iss_m_1".users u JOIN "iss_m_1".payments p USING (id)) ON true
SELECT * FROM orders o, LATERAL (SELECT * FROM users u WHERE u.id = o.user_id) x
--> SELECT * FROM orders o, LATERAL (SELECT * FROM "iss_m_1".users u WHERE u.id = o.user_id) x
SELECT * FROM orders WHERE user_id IN (SELECT id FROM users)
--> SELECT * FROM orders WHERE user_id IN (SELECT id FROM "iss_m_1".users)
SELECT (SELECT email FROM users LIMIT 1)
--> SELECT (SELECT email FROM "iss_m_1".users LIMIT 1)
TABLE users
--> TABLE "iss_m_1".users
TABLE users UNION TABLE users
--> TABLE "iss_m_1".users UNION TABLE "iss_m_1".users
SELECT 1; SELECT * FROM users; SELECT 2
--> SELECT 1; SELECT * FROM "iss_m_1".users; SELECT 2
EXPLAIN ANALYZE SELECT * FROM users
--> EXPLAIN ANALYZE SELECT * FROM "iss_m_1".users
PREPARE p AS SELECT * FROM users WHERE id = $1
--> PREPARE p AS SELECT * FROM "iss_m_1".users WHERE id = $1
DECLARE c CURSOR FOR SELECT * FROM users
--> DECLARE c CURSOR FOR SELECT * FROM "iss_m_1".users
CREATE TEMP TABLE mine AS SELECT * FROM users
--> CREATE TEMP TABLE mine AS SELECT * FROM "iss_m_1".users
SELECT * INTO TEMP mine FROM users
--> SELECT * INTO TEMP mine FROM "iss_m_1".users
INSERT INTO orders (note) SELECT email FROM users
--> INSERT INTO orders (note) SELECT email FROM "iss_m_1".users
INSERT INTO users (id, note) SELECT id, note FROM users
--> INSERT INTO users (id, note) SELECT id, note FROM "iss_m_1".users
SELECT count(*) FROM users WHERE "users"."email" = 'x' -- users
--> SELECT count(*) FROM "iss_m_1".users WHERE "users"."email" = 'x' -- users
SELECT $$ users $$, 'users' FROM users
--> SELECT $$ users $$, 'users' FROM "iss_m_1".users
--# Common table expressions
WITH users AS (SELECT 1) SELECT * FROM users
--> =
WITH users AS (SELECT * FROM users) SELECT * FROM users
--> WITH users AS (SELECT * FROM "iss_m_1".users) SELECT * FROM users
WITH x AS (SELECT * FROM users) SELECT * FROM x
--> WITH x AS (SELECT * FROM "iss_m_1".users) SELECT * FROM x
WITH users AS (SELECT 1) SELECT * FROM public.users
--> WITH users AS (SELECT 1) SELECT * FROM "iss_m_1".users
WITH x AS (DELETE FROM orders USING users WHERE users.id = user_id RETURNING 1) SELECT * FROM x
--> WITH x AS (DELETE FROM orders USING "iss_m_1".users WHERE users.id = user_id RETURNING 1) SELECT * FROM x
--# COPY
COPY users TO STDOUT
--> COPY (SELECT "id", "full_name", "email", "born", "note", "extra" FROM "iss_m_1"."users") TO STDOUT
COPY public.users TO STDOUT WITH (FORMAT csv, HEADER)
--> COPY (SELECT "id", "full_name", "email", "born", "note", "extra" FROM "iss_m_1"."users") TO STDOUT WITH (FORMAT csv, HEADER)
COPY users (id, email) TO STDOUT
--> COPY (SELECT "id", "email" FROM "iss_m_1"."users") TO STDOUT
COPY users ( "id" /* ) */ , email ) TO STDOUT
--> COPY (SELECT "id", "email" FROM "iss_m_1"."users") TO STDOUT
COPY (SELECT * FROM users) TO STDOUT
--> COPY (SELECT * FROM "iss_m_1".users) TO STDOUT
COPY users FROM STDIN
--> =
--> hint: masked_target
COPY users TO STDOUT CSV HEADER
--> COPY (SELECT "id", "full_name", "email", "born", "note", "extra" FROM "iss_m_1"."users") TO STDOUT CSV HEADER
COPY BINARY users TO STDOUT
--> =
--> refused: copy_form
COPY users TO STDOUT USING DELIMITERS ','
--> =
--> refused: copy_form
COPY users TO STDOUT DELIMITERS ','
--> =
--> refused: copy_form
COPY users TO STDOUT WITH DELIMITER ','
--> COPY (SELECT "id", "full_name", "email", "born", "note", "extra" FROM "iss_m_1"."users") TO STDOUT WITH DELIMITER ','
COPY payments TO STDOUT
--> COPY (SELECT "id", "line", "iban" FROM "iss_m_1"."payments") TO STDOUT
--# Targets stay on the table
UPDATE users SET note = 'x' WHERE id = 5
--> =
UPDATE users SET note = u.note FROM users u WHERE u.id = users.id
--> UPDATE users SET note = u.note FROM "iss_m_1".users u WHERE u.id = users.id
UPDATE orders SET note = users.email FROM users WHERE users.id = orders.user_id
--> UPDATE orders SET note = users.email FROM "iss_m_1".users WHERE users.id = orders.user_id
UPDATE orders SET (note, state) = (SELECT email, note FROM users WHERE id = user_id)
--> UPDATE orders SET (note, state) = (SELECT email, note FROM "iss_m_1".users WHERE id = user_id)
DELETE FROM users WHERE id = 5
--> =
DELETE FROM orders USING public.users WHERE public.users.id = orders.user_id
--> DELETE FROM orders USING "iss_m_1".users WHERE "iss_m_1".users.id = orders.user_id
INSERT INTO users (full_name) VALUES ('x')
--> =
MERGE INTO orders USING users ON users.id = orders.user_id WHEN MATCHED THEN UPDATE SET note = users.email
--> MERGE INTO orders USING "iss_m_1".users ON users.id = orders.user_id WHEN MATCHED THEN UPDATE SET note = users.email
MERGE INTO users USING orders ON users.id = orders.user_id WHEN MATCHED THEN DELETE
--> =
TRUNCATE users
--> =
ALTER TABLE users ADD COLUMN x int
--> =
--# RETURNING
INSERT INTO users (full_name) VALUES ('x') RETURNING *
--> INSERT INTO users (full_name) VALUES ('x') RETURNING "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra"
INSERT INTO users AS u (full_name) VALUES ('x') RETURNING u.*
--> INSERT INTO users AS u (full_name) VALUES ('x') RETURNING "u"."id", "u"."full_name", NULL::text AS "email", NULL::date AS "born", "u"."note", "u"."extra"
UPDATE users SET note = 'x' RETURNING users.*, id
--> UPDATE users SET note = 'x' RETURNING "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra", id
UPDATE users SET note = 'x' RETURNING public.users.*
--> UPDATE users SET note = 'x' RETURNING "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra"
UPDATE users u SET note = 'x' FROM orders o JOIN payments p ON true WHERE o.user_id = u.id RETURNING *
--> UPDATE users u SET note = 'x' FROM orders o JOIN "iss_m_1".payments p ON true WHERE o.user_id = u.id RETURNING "u"."id", "u"."full_name", NULL::text AS "email", NULL::date AS "born", "u"."note", "u"."extra", "o".*, "p".*
DELETE FROM users USING orders NATURAL JOIN items RETURNING *
--> =
--> refused: returning_star
DELETE FROM users WHERE id = 1 RETURNING id, note
--> =
INSERT INTO users (full_name) VALUES ('x') RETURNING id, email, users.born AS b
--> INSERT INTO users (full_name) VALUES ('x') RETURNING id, NULL::text AS "email", NULL::date AS b
UPDATE users SET note = 'x' RETURNING(email), ((/* ) */users.born -- )
) ), (email) e
--> UPDATE users SET note = 'x' RETURNING(NULL::text) AS "email", ((/* ) */NULL::date -- )
--> ) ) AS "born", (NULL::text) e
UPDATE users u SET note = 'x' FROM orders o RETURNING u.email, email
--> UPDATE users u SET note = 'x' FROM orders o RETURNING NULL::text AS "email", email
--> hint: masked_column
UPDATE users SET note = 'x' RETURNING upper(email)
--> =
--> hint: masked_column
WITH x AS (UPDATE users SET note = 'x' RETURNING *) SELECT * FROM x
--> WITH x AS (UPDATE users SET note = 'x' RETURNING "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra") SELECT * FROM x
UPDATE orders SET note = 'x' RETURNING *
--> =
UPDATE badges SET holder = 'x' RETURNING *
--> UPDATE badges SET holder = 'x' RETURNING NULL::text AS "masked column 77.1", "badges"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4"
DELETE FROM badges b RETURNING b.number, seal/* */as/* "x" */"S ""1""", holder AS number
--> DELETE FROM badges b RETURNING NULL::text AS "masked column 77.1", ('{}'::public.seal[])[1] AS "masked column 77.4 S ""1""", holder AS number
UPDATE badges SET holder = 'x' RETURNING (number), (seal) AS s
--> UPDATE badges SET holder = 'x' RETURNING (NULL::text) AS "masked column 77.1", (('{}'::public.seal[])[1]) AS "masked column 77.4 s"
PREPARE p AS INSERT INTO badges (holder) VALUES ($1) RETURNING number n
--> PREPARE p AS INSERT INTO badges (holder) VALUES ($1) RETURNING NULL::text AS "masked column 77.1 n"
UPDATE badges SET holder = 'x' RETURNING number AS an_output_name_that_is_too_long_to_carry_the_mark
--> UPDATE badges SET holder = 'x' RETURNING NULL::text AS an_output_name_that_is_too_long_to_carry_the_mark
WITH x AS (DELETE FROM badges RETURNING number, seal) SELECT * FROM x
--> WITH x AS (DELETE FROM badges RETURNING NULL::text AS "number", ('{}'::public.seal[])[1] AS "seal") SELECT * FROM x
EXPLAIN DELETE FROM badges RETURNING number
--> EXPLAIN DELETE FROM badges RETURNING NULL::text AS "number"
COPY (DELETE FROM badges RETURNING number) TO STDOUT
--> COPY (DELETE FROM badges RETURNING NULL::text AS "number") TO STDOUT
--# The row before and the row after, as 18 names them
UPDATE badges SET holder = 'x' RETURNING old.*, NEW.*
--> UPDATE badges SET holder = 'x' RETURNING NULL::text AS "masked column 77.1", "old"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4", NULL::text AS "masked column 77.1", "new"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4"
UPDATE badges b SET holder = 'x' RETURNING old.number, new . "number" AS after, b.number, "OLD".number
--> UPDATE badges b SET holder = 'x' RETURNING NULL::text AS "masked column 77.1", NULL::text AS "masked column 77.1 after", NULL::text AS "masked column 77.1", "OLD".number
UPDATE users SET note = 'x' FROM orders o WHERE o.user_id = users.id RETURNING old.email, new.note, *
--> UPDATE users SET note = 'x' FROM orders o WHERE o.user_id = users.id RETURNING NULL::text AS "email", new.note, "users"."id", "users"."full_name", NULL::text AS "email", NULL::date AS "born", "users"."note", "users"."extra", "o".*
UPDATE users SET note = old.note FROM orders old WHERE old.user_id = users.id RETURNING old.*, old.email, new.email
--> UPDATE users SET note = old.note FROM orders old WHERE old.user_id = users.id RETURNING old.*, old.email, NULL::text AS "email"
--# A label behind a star, which PostgreSQL reads and forgets
UPDATE badges SET holder = 'x' RETURNING badges.* AS whatever, NEW.*nocreaterole
--> UPDATE badges SET holder = 'x' RETURNING NULL::text AS "masked column 77.1", "badges"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4", NULL::text AS "masked column 77.1", "new"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4"
--# Words that touch what is put in their place
UPDATE badges SET holder = 'x' RETURNING*, NEW.*
--> UPDATE badges SET holder = 'x' RETURNING NULL::text AS "masked column 77.1", "badges"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4", NULL::text AS "masked column 77.1", "new"."holder", ('{}'::public.seal[])[1] AS "masked column 77.4"
WITH x AS (DELETE FROM users RETURNING"email"AS mail, id) SELECT * FROM x
--> WITH x AS (DELETE FROM users RETURNING NULL::text AS mail, id) SELECT * FROM x
UPDATE users old SET note = 'x' RETURNING old.*
--> UPDATE users old SET note = 'x' RETURNING "old"."id", "old"."full_name", NULL::text AS "email", NULL::date AS "born", "old"."note", "old"."extra"
DELETE FROM users WHERE id = 1 RETURNING upper(old.email)
--> =
--> hint: masked_column
WITH x AS (DELETE FROM users WHERE id = 1 RETURNING old.*) SELECT * FROM x
--> WITH x AS (DELETE FROM users WHERE id = 1 RETURNING "old"."id", "old"."full_name", NULL::text AS "email", NULL::date AS "born", "old"."note", "old"."extra") SELECT * FROM x
DELETE FROM users USING (orders JOIN items old ON true) WHERE users.id = user_id RETURNING old.id, old.*
--> =
--# GROUP BY key
SELECT u.id, u.full_name, u.email, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id
--> SELECT u.id, u.full_name, u.email, count(*) FROM "iss_m_1".users u JOIN orders o ON o.user_id = u.id GROUP BY u.id, "u"."full_name", "u"."email"
SELECT id, email FROM users GROUP BY id
--> SELECT id, email FROM "iss_m_1".users GROUP BY id, "users"."email"
SELECT users.* FROM users GROUP BY users.id
--> SELECT users.* FROM "iss_m_1".users GROUP BY users.id, "users"."full_name", "users"."email", "users"."born", "users"."note"
--> hint: group_by_key
SELECT * FROM users GROUP BY id
--> SELECT * FROM "iss_m_1".users GROUP BY id, "users"."full_name", "users"."email", "users"."born", "users"."note"
--> hint: group_by_key
SELECT p.* FROM payments p GROUP BY p.line, p.id
--> SELECT p.* FROM "iss_m_1".payments p GROUP BY p.line, p.id, "p"."iban", "p"."total"
SELECT id, (p).iban, (p).* FROM payments p GROUP BY id, line
--> SELECT id, (p).iban, (p).* FROM "iss_m_1".payments p GROUP BY id, line, "p"."iban", "p"."total"
SELECT id, row_to_json(p), count(p.*) FROM payments p GROUP BY id, line
--> SELECT id, row_to_json(p), count(p.*) FROM "iss_m_1".payments p GROUP BY id, line, "p".*
SELECT id, row_to_json(u) FROM users u GROUP BY id
--> SELECT id, row_to_json(u) FROM "iss_m_1".users u GROUP BY id
--> hint: group_by_key
SELECT id, max(extra ->> 'a') FROM users GROUP BY id
--> SELECT id, max(extra ->> 'a') FROM "iss_m_1".users GROUP BY id
--> hint: group_by_key
SELECT u.nr, u.mail FROM users u (nr, who, mail) GROUP BY u.nr
--> SELECT u.nr, u.mail FROM "iss_m_1".users u (nr, who, mail) GROUP BY u.nr, "u"."mail"
SELECT u.id, u.born FROM users u (full_name, id) GROUP BY u.id
--> SELECT u.id, u.born FROM "iss_m_1".users u (full_name, id) GROUP BY u.id
SELECT u.email, EXISTS (SELECT * FROM payments) FROM users u GROUP BY u.id
--> SELECT u.email, EXISTS (SELECT * FROM "iss_m_1".payments) FROM "iss_m_1".users u GROUP BY u.id, "u"."email"
SELECT u.email, rank() OVER (ORDER BY u.born) FROM users u JOIN orders o ON true GROUP BY u.id, ROLLUP (o.state)
--> SELECT u.email, rank() OVER (ORDER BY u.born) FROM "iss_m_1".users u JOIN orders o ON true GROUP BY u.id, "u"."email", "u"."born", ROLLUP (o.state)
WITH x AS (SELECT id, email FROM users GROUP BY id) SELECT (SELECT max(p.total) FROM payments p GROUP BY p.id, p.line HAVING p.iban > x.email) FROM x
--> WITH x AS (SELECT id, email FROM "iss_m_1".users GROUP BY id, "users"."email") SELECT (SELECT max(p.total) FROM "iss_m_1".payments p GROUP BY p.id, p.line, "p"."iban", "p"."total" HAVING p.iban > x.email) FROM x
SELECT number, holder FROM badges GROUP BY number
--> SELECT number, holder FROM "iss_m_1".badges GROUP BY number
--> hint: group_by_key
SELECT u.id, upper(u.email) FROM users u GROUP BY 1
--> SELECT u.id, upper(u.email) FROM "iss_m_1".users u GROUP BY 1, "u"."email"
SELECT u.id AS key, u.email FROM users u GROUP BY key
--> SELECT u.id AS key, u.email FROM "iss_m_1".users u GROUP BY key, "u"."email"
SELECT u.id FROM users u GROUP BY u.id HAVING max(u.born) > u.born ORDER BY u.full_name
--> SELECT u.id FROM "iss_m_1".users u GROUP BY u.id, "u"."full_name", "u"."born" HAVING max(u.born) > u.born ORDER BY u.full_name
SELECT id, email FROM users GROUP BY id, email
--> SELECT id, email FROM "iss_m_1".users GROUP BY id, email
SELECT email, count(*) FROM users GROUP BY email
--> SELECT email, count(*) FROM "iss_m_1".users GROUP BY email
SELECT id, count(*) FROM users GROUP BY id
--> SELECT id, count(*) FROM "iss_m_1".users GROUP BY id
SELECT u.id, u.email FROM users u GROUP BY (u.id)
--> SELECT u.id, u.email FROM "iss_m_1".users u GROUP BY (u.id, "u"."email")
SELECT u.id, u.email FROM users u GROUP BY ROLLUP (u.id)
--> SELECT u.id, u.email FROM "iss_m_1".users u GROUP BY ROLLUP (u.id)
--> hint: grouping_sets
SELECT p.id, p.line, p.iban FROM payments p GROUP BY p.id, p.line
--> SELECT p.id, p.line, p.iban FROM "iss_m_1".payments p GROUP BY p.id, p.line, "p"."iban"
SELECT p.id, p.iban FROM payments p GROUP BY p.id
--> SELECT p.id, p.iban FROM "iss_m_1".payments p GROUP BY p.id
SELECT u.full_name, p.iban FROM users u, payments p GROUP BY u.id, p.id, p.line
--> SELECT u.full_name, p.iban FROM "iss_m_1".users u, "iss_m_1".payments p GROUP BY u.id, "u"."full_name", p.id, p.line, "p"."iban"
SELECT j.full_name, j.email FROM (users u JOIN orders o ON o.user_id = u.id) AS j GROUP BY j.id
--> SELECT j.full_name, j.email FROM ("iss_m_1".users u JOIN orders o ON o.user_id = u.id) AS j GROUP BY j.id, "j"."full_name", "j"."email"
SELECT j.who FROM ((users u JOIN orders o ON true) AS x CROSS JOIN items) AS j (key, who) GROUP BY key
--> SELECT j.who FROM (("iss_m_1".users u JOIN orders o ON true) AS x CROSS JOIN items) AS j (key, who) GROUP BY key, "j"."who"
SELECT j.email FROM (orders o JOIN users u ON true) AS j (a, b) GROUP BY j.id
--> SELECT j.email FROM (orders o JOIN "iss_m_1".users u ON true) AS j (a, b) GROUP BY j.id
SELECT j FROM (payments p JOIN orders o ON true) AS j GROUP BY j.id, j.line
--> SELECT j FROM ("iss_m_1".payments p JOIN orders o ON true) AS j GROUP BY j.id, j.line
--> hint: group_by_key
SELECT u.email FROM users u JOIN orders o USING (id) AS m GROUP BY m.id
--> SELECT u.email FROM "iss_m_1".users u JOIN orders o USING (id) AS m GROUP BY m.id, "u"."email"
SELECT u.id, email(u), max(u) FROM users u GROUP BY u.id
--> SELECT u.id, email(u), max(u) FROM "iss_m_1".users u GROUP BY u.id, "u"."email"
--> hint: group_by_key
SELECT u.email, o.id FROM users u, orders o GROUP BY (u.id, o.id)
--> SELECT u.email, o.id FROM "iss_m_1".users u, orders o GROUP BY (u.id, "u"."email", o.id)
SELECT u.email FROM users u GROUP BY ROW(u.id)
--> SELECT u.email FROM "iss_m_1".users u GROUP BY ROW(u.id)
SELECT 1, p.* FROM payments p GROUP BY 2, 3
--> SELECT 1, p.* FROM "iss_m_1".payments p GROUP BY 2, 3, "p"."iban", "p"."total"
SELECT o.*, p.* FROM payments p, orders o GROUP BY 2, 3
--> SELECT o.*, p.* FROM "iss_m_1".payments p, orders o GROUP BY 2, 3
SELECT u.email, u.note FROM users u GROUP BY GROUPING SETS ((u.id), u.id, (u.id, u.note))
--> SELECT u.email, u.note FROM "iss_m_1".users u GROUP BY GROUPING SETS ((u.id), u.id, (u.id, u.note)), "u"."email"
SELECT u.email FROM users u GROUP BY GROUPING SETS (u.id, ())
--> SELECT u.email FROM "iss_m_1".users u GROUP BY GROUPING SETS (u.id, ())
--> hint: grouping_sets
SELECT u.email, u.note FROM users u GROUP BY u.id, ROLLUP (u.note)
--> SELECT u.email, u.note FROM "iss_m_1".users u GROUP BY u.id, "u"."email", ROLLUP (u.note)
--# Where a view will not do
SELECT * FROM ONLY users
--> =
--> refused: not_for_views
SELECT id, note FROM ONLY users
--> =
SELECT id FROM ONLY (users)
--> =
SELECT email FROM users TABLESAMPLE system (10)
--> =
--> refused: not_for_views
SELECT count(*) FROM users TABLESAMPLE system (10)
--> =
SELECT email FROM ONLY users FOR UPDATE
--> =
--> refused: not_for_views
--> hint: row_lock
--# Row locks
SELECT * FROM users WHERE id = 1 FOR UPDATE
--> SELECT * FROM "iss_m_1".users WHERE id = 1 FOR UPDATE
--> hint: row_lock
SELECT users.* FROM public.users WHERE users.id = 1 FOR NO KEY UPDATE OF users NOWAIT
--> SELECT users.* FROM "iss_m_1".users WHERE users.id = 1 FOR NO KEY UPDATE OF users NOWAIT
--> hint: row_lock
SELECT u.id, p.iban FROM users u JOIN payments p ON p.id = u.id FOR SHARE OF u FOR KEY SHARE OF p SKIP LOCKED
--> SELECT u.id, p.iban FROM users u JOIN "iss_m_1".payments p ON p.id = u.id FOR SHARE OF u FOR KEY SHARE OF p SKIP LOCKED
--> hint: row_lock
--> hint: row_lock
SELECT id FROM users WHERE id = 1 FOR UPDATE
--> =
--> hint: row_lock
SELECT id FROM users WHERE email LIKE 'x' FOR UPDATE
--> SELECT id FROM "iss_m_1".users WHERE email LIKE 'x' FOR UPDATE
--> hint: row_lock
SELECT id FROM users WHERE email = 'x' FOR UPDATE
--> =
--> hint: masked_column
--> hint: row_lock
DECLARE c CURSOR FOR SELECT email FROM users FOR UPDATE
--> DECLARE c CURSOR FOR SELECT email FROM "iss_m_1".users FOR UPDATE
--> hint: row_lock
PREPARE p AS SELECT email FROM users WHERE id = $1 FOR UPDATE
--> PREPARE p AS SELECT email FROM "iss_m_1".users WHERE id = $1 FOR UPDATE
--> hint: row_lock
WITH l AS (SELECT id FROM users WHERE note = 'n' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE users u SET note = 'x' FROM l WHERE u.id = l.id RETURNING u.id
--> =
--> hint: row_lock
WITH l AS (SELECT * FROM users FOR UPDATE SKIP LOCKED LIMIT 1) SELECT * FROM l
--> WITH l AS (SELECT * FROM "iss_m_1".users FOR UPDATE SKIP LOCKED LIMIT 1) SELECT * FROM l
--> hint: row_lock
--# Masked columns where rows are written
UPDATE users SET note = email
--> =
--> hint: masked_column
UPDATE users SET email = 'x'
--> =
--> hint: masked_target
UPDATE users SET note = 'x' WHERE born < '2000-01-01'
--> =
--> hint: masked_column
DELETE FROM users WHERE email LIKE '%x'
--> =
--> hint: masked_column
INSERT INTO users VALUES (1, 'x')
--> =
--> hint: masked_target
INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = users.email
--> =
--> hint: masked_column
INSERT INTO users (id) SELECT user_id FROM orders WHERE email = 'x'
--> =
MERGE INTO users u USING orders o ON u.id = o.user_id WHEN MATCHED AND u.email = 'x' THEN UPDATE SET born = NULL
--> =
--> hint: masked_column
--> hint: masked_target
COPY users (id, full_name) FROM STDIN
--> =
SELECT users FROM users FOR SHARE
--> SELECT users FROM "iss_m_1".users FOR SHARE
--> hint: row_lock
SELECT o.*, u.email FROM orders o JOIN users u ON u.id = o.user_id FOR UPDATE OF o
--> SELECT o.*, u.email FROM orders o JOIN "iss_m_1".users u ON u.id = o.user_id FOR UPDATE OF o
SELECT o.*, u.email FROM orders o JOIN users u ON u.id = o.user_id FOR UPDATE OF u
--> SELECT o.*, u.email FROM orders o JOIN "iss_m_1".users u ON u.id = o.user_id FOR UPDATE OF u
--> hint: row_lock
SELECT * FROM (SELECT * FROM users) x FOR UPDATE
--> SELECT * FROM (SELECT * FROM "iss_m_1".users) x FOR UPDATE
--> hint: row_lock
SELECT id FROM users NATURAL JOIN payments FOR UPDATE
--> SELECT id FROM "iss_m_1".users NATURAL JOIN "iss_m_1".payments FOR UPDATE
--> hint: row_lock
--> hint: row_lock
SELECT id FROM users JOIN payments USING (email) FOR UPDATE
--> SELECT id FROM "iss_m_1".users JOIN payments USING (email) FOR UPDATE
--> hint: row_lock
--> hint: row_lock
SELECT ctid, id FROM users
--> SELECT ctid, id FROM "iss_m_1".users
--> refused: system_column
SELECT u.xmin FROM users u
--> SELECT u.xmin FROM "iss_m_1".users u
--> refused: system_column
SELECT o.ctid FROM orders o JOIN users u ON true
--> SELECT o.ctid FROM orders o JOIN "iss_m_1".users u ON true
LOCK TABLE users
--> =
--> hint: lock_table
CREATE VIEW v AS SELECT * FROM users
--> =
--> hint: stored_definition
CREATE MATERIALIZED VIEW v AS SELECT * FROM users
--> =
--> hint: stored_definition
CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM orders USING users
--> =
--> hint: stored_definition
--# The search path
--# path: app, public
SELECT * FROM users
--> =
SELECT * FROM payments
--> SELECT * FROM "iss_m_1".payments
SELECT * FROM public.users
--> SELECT * FROM "iss_m_1".users
--# path: other, public
SELECT * FROM users
--> SELECT * FROM "iss_m_1".users
--# path: app
SELECT * FROM payments
--> =
--# path: unknown
SELECT * FROM users
--> =
--> hint: unknown_path
SELECT * FROM public.users
--> SELECT * FROM "iss_m_1".users
SELECT * FROM nobody
--> =
--# path: public
SET search_path = app; SELECT * FROM users; SELECT * FROM public.users
--> SET search_path = app; SELECT * FROM users; SELECT * FROM "iss_m_1".users
--> hint: unknown_path
SELECT set_config('search_path', 'app', false); SELECT * FROM users
--> =
--> hint: unknown_path
CREATE TEMP TABLE users (id int); SELECT * FROM users
--> =
--> hint: unknown_path
--# temporary: users
SELECT * FROM users
--> =
SELECT * FROM public.users
--> SELECT * FROM "iss_m_1".users
--# path: public, pg_temp_3
SELECT * FROM users
--> SELECT * FROM "iss_m_1".users
