-- errors: domains whose checks speak of the value
CREATE FUNCTION pg_temp.tell(v text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'told %', v; IF length(v) > 8 THEN RAISE EXCEPTION 'value %', v USING DETAIL = v, HINT = reverse(v); END IF; RETURN true; END $$;

CREATE DOMAIN pg_temp.spoken AS text CHECK (pg_temp.tell(VALUE)); CREATE DOMAIN pg_temp.short AS varchar(3) NOT NULL CHECK (VALUE < 'b');

SELECT email::pg_temp.spoken FROM users;

SELECT card::pg_temp.spoken, ssn::pg_temp.short FROM users;

SELECT ARRAY[email]::pg_temp.spoken[] FROM users;

SELECT (json_populate_record(NULL::pg_temp.row_of, to_json(u))).mail FROM users u;

UPDATE users SET note = email::pg_temp.spoken WHERE id = 1;

UPDATE users SET email = (email::pg_temp.spoken)::text WHERE id = 1;

INSERT INTO orders (id, user_id, total, note) SELECT 900, 1, 1, ssn::pg_temp.spoken FROM public.users;
