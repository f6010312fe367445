-- Prisma: nested reads as JSON and a returning update
SELECT "t0"."id", "t0"."full_name", "aggr_users_orders0"."__prisma_data__" FROM "public"."users" AS "t0" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t1"."id", 'total', "t1"."total") AS "__prisma_data__" FROM "public"."orders" AS "t1" WHERE "t0"."id" = "t1"."user_id" ORDER BY "t1"."id") AS "t2") AS "aggr_users_orders0" ON true ORDER BY "t0"."id" LIMIT 2;

UPDATE "public"."users" SET "note" = 'p' WHERE ("public"."users"."id" = 4 AND 1=1) RETURNING "public"."users"."id", "public"."users"."full_name", "public"."users"."note";

SELECT COUNT(*) FROM (SELECT "public"."users"."id" FROM "public"."users" WHERE 1=1 OFFSET 0) AS "sub";
