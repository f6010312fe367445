-- Metabase: a fingerprint of a table, and a question
SELECT "public"."users"."id" AS "id", SUBSTRING("public"."users"."full_name", 1, 1234) AS "substring1", "public"."users"."born" AS "born" FROM "public"."users" ORDER BY 1 LIMIT 10000;

SELECT "source"."state" AS "state", COUNT(*) AS "count" FROM (SELECT "public"."orders"."state" AS "state", "Users"."full_name" AS "Users__full_name" FROM "public"."orders" LEFT JOIN "public"."users" AS "Users" ON "public"."orders"."user_id" = "Users"."id") AS "source" GROUP BY "source"."state" ORDER BY "count" DESC, "source"."state" ASC;

SELECT DATE_TRUNC('month', "public"."orders"."created_at") AS "created_at", SUM("public"."orders"."total") AS "sum" FROM "public"."orders" GROUP BY 1 ORDER BY 1;

SELECT COUNT(DISTINCT "public"."users"."full_name") AS "count" FROM "public"."users";
