-- ddl: exclusion, WITHOUT OVERLAPS and PERIOD (18) over ranges of masked dates
CREATE TEMP TABLE p (r daterange, EXCLUDE USING gist (r WITH &&));

INSERT INTO p SELECT daterange(born, born + 1) FROM users;

INSERT INTO p SELECT daterange(born, born + 1) FROM public.users;

DO $do$ BEGIN EXECUTE 'CREATE TEMP TABLE q (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS))'; EXECUTE 'INSERT INTO q SELECT ''[1,2)'', daterange(born, born + 1) FROM public.users'; END $do$;

DO $do$ DECLARE s text; BEGIN SELECT min(nspname) INTO s FROM pg_namespace WHERE nspname LIKE 'iss\_m\_%' AND to_regclass(nspname || '.users') IS NOT NULL; EXECUTE 'CREATE TEMP TABLE q (id int4range, at daterange, EXCLUDE USING gist (at WITH &&))'; EXECUTE format('INSERT INTO q SELECT ''[1,2)'', daterange(born, born + 1) FROM %I.users', s); END $do$;
