-- MERGE: the table is its own source
MERGE INTO public.users t USING public.users s ON t.id = s.id WHEN MATCHED THEN UPDATE SET note = s.email;

MERGE INTO public.orders o USING users s ON o.user_id = s.id WHEN MATCHED AND s.card LIKE '40071%' THEN UPDATE SET note = s.email;

SELECT DISTINCT note FROM public.orders WHERE id < 10 ORDER BY 1;

MERGE INTO public.users t USING (VALUES (1)) v (id) ON t.email = 'canaryqxa001@example.com' WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN DO NOTHING;
