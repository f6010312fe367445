-- functions: changes read from the write-ahead log
SELECT pg_create_logical_replication_slot('leak', 'test_decoding', true);

SELECT * FROM pg_logical_slot_peek_changes('leak', NULL, NULL);

CREATE PUBLICATION p FOR TABLE public.users;

CREATE SUBSCRIPTION s CONNECTION 'host=localhost' PUBLICATION p;

SELECT pg_current_wal_lsn() IS NULL;
