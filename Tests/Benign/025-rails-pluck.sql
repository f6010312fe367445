-- Rails: pluck and calculations
SELECT "users"."full_name" FROM "users" ORDER BY "users"."id" DESC LIMIT 3;

SELECT SUM("orders"."total") FROM "orders" INNER JOIN "users" ON "users"."id" = "orders"."user_id" WHERE "users"."note" LIKE 'note 1%';
