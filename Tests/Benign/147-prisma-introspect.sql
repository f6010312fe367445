-- Prisma: introspection and a nested read
SELECT tbl.relname AS table_name, namespace.nspname AS namespace, (tbl.relhassubclass AND tbl.relkind = 'p') AS is_partition, tbl.relrowsecurity AS has_row_level_security, description.description FROM pg_class AS tbl INNER JOIN pg_namespace AS namespace ON namespace.oid = tbl.relnamespace LEFT JOIN pg_description description ON description.objoid = tbl.oid AND description.objsubid = 0 WHERE (tbl.relkind = 'r' AND tbl.relispartition = 't' OR tbl.relkind = 'p' OR tbl.relkind = 'r') AND namespace.nspname = ANY ('{public}') ORDER BY namespace, table_name;

SELECT "public"."users"."id", "public"."users"."full_name", "public"."users"."email" FROM "public"."users" WHERE ("public"."users"."id" = 2 AND 1=1) LIMIT 1 OFFSET 0;

SELECT "public"."orders"."id", "public"."orders"."user_id" FROM "public"."orders" WHERE "public"."orders"."user_id" IN (2) ORDER BY "public"."orders"."id" OFFSET 0;

SELECT COUNT(*) FROM (SELECT "public"."users"."id" FROM "public"."users" WHERE 1=1 OFFSET 0) AS "sub";

SELECT "t1"."id", "t1"."email", "t2"."id" AS order_id FROM "public"."users" AS "t1" LEFT JOIN LATERAL (SELECT "public"."orders"."id" FROM "public"."orders" WHERE "t1"."id" = "public"."orders"."user_id" ORDER BY 1 LIMIT 1) AS "t2" ON TRUE ORDER BY 1 LIMIT 4;
