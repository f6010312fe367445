-- introspection: information_schema
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'order_items' ORDER BY ordinal_position;

SELECT table_name FROM information_schema.tables WHERE table_schema = 'app' AND table_name = 'users';
