-- inference: ORDER BY with an operator, a case, a position
SELECT id FROM users ORDER BY email USING >, id;

SELECT id FROM users ORDER BY CASE WHEN card < '40072' THEN 1 ELSE 2 END, id DESC;

SELECT id, email FROM users ORDER BY 2, 1 LIMIT 5;

SELECT id FROM public.users ORDER BY 1, email;
