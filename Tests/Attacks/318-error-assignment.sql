-- errors: a value put where it does not fit
CREATE TEMP TABLE numbers (n int, c varchar(2), d date);

INSERT INTO numbers (n) SELECT email::int FROM users WHERE id = 1;

INSERT INTO numbers (c) SELECT email FROM users WHERE id = 1;

INSERT INTO numbers (d) SELECT ssn::date FROM users WHERE id = 1;

INSERT INTO numbers (n) SELECT card::bigint::int FROM public.users WHERE id = 1;
