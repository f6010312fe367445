-- Django: save and bulk update
UPDATE "users" SET "note" = 'called' WHERE "users"."id" = 3;

UPDATE "orders" SET "state" = (CASE WHEN ("orders"."id" = 1) THEN 'paid' WHEN ("orders"."id" = 2) THEN 'sent' ELSE NULL END)::text WHERE "orders"."id" IN (1, 2);
