-- writes: from a query
INSERT INTO order_items (order_id, line, sku) SELECT o.id, 9, 'gift' FROM orders o JOIN users u ON u.id = o.user_id WHERE u.note = 'note 2';

SELECT count(*) FROM order_items WHERE sku = 'gift';
