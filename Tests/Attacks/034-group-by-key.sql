-- translation: functional dependency brings columns in
SELECT id, email, card FROM users GROUP BY id;

SELECT u.*, count(*) FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY u.id;
