-- DO: over free columns
DO $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM public.users; RAISE NOTICE 'users: %', n; END $$;

DO $$ BEGIN UPDATE public.orders SET note = 'by hand' WHERE id = 7; END $$;

SELECT note FROM orders WHERE id = 7;
