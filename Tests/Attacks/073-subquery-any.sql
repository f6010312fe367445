-- inference: quantified comparison
SELECT id FROM users WHERE email > ALL (SELECT email FROM users WHERE id < 5);

SELECT 'canaryqxa003@example.com' = ANY (SELECT email FROM users);
