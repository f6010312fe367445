-- whole rows: hash and size
SELECT id, hashtext(u::text), pg_column_size(u), hash_record(u), record_send(u) FROM users u;
