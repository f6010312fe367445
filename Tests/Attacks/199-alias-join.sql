-- aliases: of a join
SELECT j.email FROM (users u JOIN orders o ON o.user_id = u.id) AS j (a, b, email);

SELECT j FROM (users JOIN orders ON true) j LIMIT 2;
