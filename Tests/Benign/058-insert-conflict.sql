-- writes: upsert on free columns
INSERT INTO order_items (order_id, line, sku) VALUES (1, 1, 'x') ON CONFLICT (order_id, line) DO UPDATE SET sku = EXCLUDED.sku RETURNING order_id, sku;

INSERT INTO users (id, full_name, born) VALUES (1, 'x', '1990-01-01') ON CONFLICT (id) DO UPDATE SET note = 'again' RETURNING id, note;

INSERT INTO users (id, full_name, born) VALUES (2, 'x', '1990-01-01') ON CONFLICT DO NOTHING;
