-- CTE: data-modifying
WITH x AS (UPDATE users SET note = note RETURNING *) SELECT * FROM x;

WITH x AS (DELETE FROM users WHERE id > 15 RETURNING email) SELECT * FROM x;

WITH x AS (UPDATE users SET note = email RETURNING note) SELECT * FROM x;
