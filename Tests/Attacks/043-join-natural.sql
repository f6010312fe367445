-- projection: a natural join
SELECT * FROM users NATURAL JOIN events;

SELECT users.email FROM users NATURAL LEFT JOIN app.users AS a;
