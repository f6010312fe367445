-- inference: rank by a masked value
SELECT id, rank() OVER (ORDER BY born), ntile(5) OVER (ORDER BY card) FROM users ORDER BY id;
