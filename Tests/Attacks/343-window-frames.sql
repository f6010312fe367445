-- windows: GROUPS frames, EXCLUDE, ordered by masked values
SELECT id, count(*) OVER w, first_value(id) OVER w, nth_value(email, 2) OVER w FROM users WINDOW w AS (ORDER BY email GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP) ORDER BY id;

SELECT id, sum(id) OVER (ORDER BY born RANGE BETWEEN '10 days' PRECEDING AND '10 days' FOLLOWING EXCLUDE TIES) FROM users ORDER BY id;

SELECT id, ntile(3) OVER (ORDER BY card DESC), cume_dist() OVER (ORDER BY ssn), percent_rank() OVER (PARTITION BY born ORDER BY email) FROM users ORDER BY id;

SELECT id, string_agg(email, ',') FILTER (WHERE born < '1977-06-01') OVER (ORDER BY ssn ROWS UNBOUNDED PRECEDING) FROM users ORDER BY id;

SELECT id, lag(card, 1, ssn) OVER (ORDER BY born, id) <> card FROM users ORDER BY id;
