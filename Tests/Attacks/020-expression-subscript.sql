-- expressions: composite fields
SELECT (u).email FROM users u;

SELECT (users.*).card FROM users;

SELECT (SELECT u).email FROM users u;
