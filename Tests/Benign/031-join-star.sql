-- reads: star over a join
SELECT * FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id < 4 ORDER BY o.id;
