-- COPY: from the client
COPY order_items (order_id, line, sku, quantity) FROM STDIN WITH (FORMAT csv);

COPY users (id, full_name, born) FROM STDIN;
