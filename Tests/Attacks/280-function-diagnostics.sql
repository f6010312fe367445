-- functions: what a caught error says
DO $$ DECLARE m text; d text; h text; c text; BEGIN
  BEGIN UPDATE public.users SET full_name = NULL WHERE id = 1;
  EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT; RAISE NOTICE '% % % %', m, d, h, c; END;
END $$;

DO $$ DECLARE d text; BEGIN BEGIN INSERT INTO public.users (id, full_name, born) VALUES (1, 'x', '2000-01-01');
  EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RAISE NOTICE '%', d; END; END $$;
