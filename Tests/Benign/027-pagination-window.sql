-- reports: pages by a window
SELECT * FROM (SELECT id, full_name, row_number() OVER (ORDER BY id) AS rn FROM users) t WHERE rn BETWEEN 6 AND 10;
