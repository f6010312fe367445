-- row locks on free tables
BEGIN; SELECT id FROM orders WHERE id = 1 FOR UPDATE; SELECT id FROM orders WHERE id = 2 FOR NO KEY UPDATE SKIP LOCKED; COMMIT;

SELECT o.id, u.full_name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = 3 FOR SHARE OF o;
