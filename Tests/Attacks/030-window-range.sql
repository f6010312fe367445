-- inference: a frame of values
SELECT id, count(*) OVER (ORDER BY born RANGE BETWEEN '10 days' PRECEDING AND '10 days' FOLLOWING) FROM users ORDER BY id;
