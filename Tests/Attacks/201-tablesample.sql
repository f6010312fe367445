-- sampling
SELECT email FROM users TABLESAMPLE bernoulli (100);

SELECT id FROM users TABLESAMPLE system (100) WHERE card LIKE '40071%';
