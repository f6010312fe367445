-- functions: what plpgsql's own settings print
SET plpgsql.print_strict_params = on; SET plpgsql.extra_errors = 'all'; SET plpgsql.extra_warnings = 'all'; SET plpgsql.variable_conflict = 'use_column';

DO $$ DECLARE e text := 'x'; r record; BEGIN SELECT u.email INTO STRICT r FROM public.users u WHERE u.id = e::int; END $$;

DO $$ DECLARE e text; c text; BEGIN SELECT email, card INTO STRICT e, c FROM users; END $$;

DO $$ DECLARE e text; BEGIN SELECT email INTO e FROM users; RAISE NOTICE '%', e; END $$;

DO $$ DECLARE a text; b text; BEGIN PERFORM 1 / (SELECT count(*) FROM public.users WHERE email LIKE 'canary%'); EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS a = PG_EXCEPTION_CONTEXT, b = PG_EXCEPTION_DETAIL; RAISE NOTICE '% %', a, b; END $$;

UPDATE users SET note = 'strict' WHERE id = 1;

SET plpgsql.check_asserts = on;

DO $$ BEGIN ASSERT (SELECT min(email) FROM public.users) = 'x', (SELECT max(card) FROM public.users); END $$;
