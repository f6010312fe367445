-- windows: the neighbours in order of a masked column
SELECT id, lag(id) OVER w, lead(full_name) OVER w, first_value(id) OVER w, nth_value(id, 3) OVER w FROM users WINDOW w AS (ORDER BY born) ORDER BY id;

SELECT id, ntile(4) OVER (ORDER BY ssn DESC), sum(id) OVER (PARTITION BY email) FROM users ORDER BY id;

SELECT id, count(*) OVER (ORDER BY born GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM users ORDER BY id;
