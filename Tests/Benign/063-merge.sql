-- writes: merge
MERGE INTO order_items i USING (VALUES (6, 1), (6, 7)) AS v (o, l) ON i.order_id = v.o AND i.line = v.l WHEN MATCHED THEN UPDATE SET quantity = 99 WHEN NOT MATCHED THEN INSERT VALUES (v.o, v.l, 'merged', 1);

SELECT * FROM order_items WHERE order_id = 6 ORDER BY line;
