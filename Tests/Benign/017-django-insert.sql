-- Django: insert and returning the key
INSERT INTO "orders" ("id", "user_id", "total", "state", "note", "created_at") VALUES (1001, 1, 12.50, 'new', NULL, '2024-05-05T10:00:00+00:00'::timestamptz) RETURNING "orders"."id";
