-- aggregates: where would a guess rank
SELECT rank('canaryqxb') WITHIN GROUP (ORDER BY email), percent_rank(date '1977-06-01') WITHIN GROUP (ORDER BY born) FROM users;

SELECT dense_rank('40071111') WITHIN GROUP (ORDER BY card), cume_dist('908') WITHIN GROUP (ORDER BY ssn) FROM users;

SELECT rank(date '1977-06-01') WITHIN GROUP (ORDER BY born) FROM public.users;
