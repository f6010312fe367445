-- Metabase: a question's SQL with its comment, bins and filters
-- Metabase:: userID: 1 queryType: MBQL queryHash: 1f2e3d
SELECT DATE_TRUNC('month', "public"."orders"."created_at") AS "created_at", COUNT(*) AS "count", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" LEFT JOIN "public"."users" AS "Users" ON "public"."orders"."user_id" = "Users"."id" WHERE "Users"."full_name" LIKE 'Person 1%' GROUP BY DATE_TRUNC('month', "public"."orders"."created_at") ORDER BY DATE_TRUNC('month', "public"."orders"."created_at") ASC;

SELECT SUBSTRING("source"."full_name", 1, 1234) AS "substring" FROM (SELECT "public"."users"."full_name" FROM "public"."users" ORDER BY "public"."users"."id" LIMIT 5) AS "source";

SELECT FLOOR(("public"."orders"."total" / 50.0)) * 50.0 AS "total", COUNT(*) FROM "public"."orders" GROUP BY FLOOR(("public"."orders"."total" / 50.0)) * 50.0 ORDER BY 1;
