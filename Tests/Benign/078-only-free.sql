-- ONLY over free columns
SELECT id, note FROM ONLY users WHERE id = 1;

SELECT count(*) FROM ONLY orders;
