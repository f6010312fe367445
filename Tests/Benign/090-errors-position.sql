-- errors: position after a translated name
SELECT u.id, nosuch(u.id) FROM users u, users v WHERE v.id = u.id;

SELECT id FROM public.users WHERE id = 'x';
