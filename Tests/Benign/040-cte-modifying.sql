-- CTE: move rows
WITH gone AS (DELETE FROM order_items WHERE line = 2 AND order_id < 4 RETURNING *) SELECT order_id, sku FROM gone ORDER BY 1;

WITH u AS (UPDATE users SET note = 'seen' WHERE id < 3 RETURNING id, note) SELECT * FROM u ORDER BY id;
