-- sampling free columns
SELECT count(*) FROM orders TABLESAMPLE bernoulli (100);

SELECT count(id) FROM users TABLESAMPLE bernoulli (100);
