-- inference: bucketing
SELECT id, width_bucket(card::numeric, 4007000000000000, 4008000000000000, 100) FROM users;

SELECT id, born < date '1977-06-15' FROM users ORDER BY id;
