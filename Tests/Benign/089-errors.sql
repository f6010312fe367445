-- errors: the user's own, as PostgreSQL says them
SELECT * FROM nowhere;

SELECT nothing FROM orders;

SELECT full_nam FROM users;

SELEC 1;

INSERT INTO orders (id, user_id, total) VALUES (1, 1, 1);

SELECT 1 / 0;
