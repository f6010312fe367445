-- names: the other schema's table of the same name
SELECT * FROM app.users ORDER BY id;

SELECT app.users.email, app.users.* FROM app.users ORDER BY 1 LIMIT 2;
