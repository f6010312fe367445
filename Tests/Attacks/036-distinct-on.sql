-- inference: DISTINCT ON
SELECT DISTINCT ON (substr(email, 1, 8)) id FROM users ORDER BY substr(email, 1, 8), id;

SELECT DISTINCT card FROM users;
