-- reports: group by a composite key
SELECT i.order_id, i.line, i.sku, count(*) FROM order_items i GROUP BY i.order_id, i.line ORDER BY 1, 2 LIMIT 4;
