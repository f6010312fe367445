-- inference: letter by letter in a recursive query
WITH RECURSIVE guess (prefix, n) AS (SELECT '', 0 UNION ALL SELECT g.prefix || c, n + 1 FROM guess g, regexp_split_to_table('abcnqrxy', '') c WHERE n < 5 AND EXISTS (SELECT FROM users WHERE email LIKE g.prefix || c || '%')) SELECT prefix FROM guess ORDER BY n DESC, prefix LIMIT 3;

WITH RECURSIVE w (lo, hi) AS (SELECT date '1977-01-01', date '1977-12-31' UNION ALL SELECT CASE WHEN up THEN mid ELSE lo END, CASE WHEN up THEN hi ELSE mid END FROM (SELECT lo, hi, lo + (hi - lo) / 2 AS mid, (SELECT born FROM users WHERE id = 1) > lo + (hi - lo) / 2 AS up FROM w) s WHERE hi - lo > 1) SELECT max(lo) FROM w;
