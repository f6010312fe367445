-- aliases: names of other relations
SELECT users.email FROM app.users AS orders, public.users AS users;

SELECT orders.email FROM users AS orders;

SELECT users.id FROM orders AS users;
