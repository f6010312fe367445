-- reads: outer joins
SELECT u.id, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.total > 205 ORDER BY 1, 2;

SELECT a.login, u.full_name FROM app.users a FULL JOIN public.users u ON u.id = a.id ORDER BY u.id, a.id;
