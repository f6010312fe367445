-- inference: BETWEEN, DISTINCT FROM, OVERLAPS
SELECT id FROM users WHERE born BETWEEN SYMMETRIC date '1977-06-01' AND date '1977-01-31' ORDER BY id;

SELECT id FROM users WHERE (born, born) OVERLAPS (date '1977-02-01', date '1977-03-01') ORDER BY id;

SELECT id FROM users WHERE email IS NOT DISTINCT FROM 'canaryqxa002@example.com';

SELECT id FROM public.users WHERE born NOT BETWEEN date '1977-06-01' AND date '1977-12-31';
