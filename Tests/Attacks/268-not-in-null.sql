-- inference: NOT IN, and what NULL makes of it
SELECT id FROM users WHERE email NOT IN (SELECT 'canaryqxa' || lpad(g::text, 3, '0') || '@example.com' FROM generate_series(1, 20) g) ORDER BY id;

SELECT id FROM users WHERE card NOT IN ('400711117919000' || '1', NULL);

SELECT g FROM generate_series(1, 3) g WHERE NOT EXISTS (SELECT FROM public.users WHERE id = g AND email > 'canaryqxb');
