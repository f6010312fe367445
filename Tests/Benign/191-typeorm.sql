-- TypeORM: session, schema queries, entity queries
SELECT * FROM current_schema();

SELECT version() = version();

SELECT * FROM "information_schema"."tables" WHERE "table_schema" = 'public' AND "table_name" = 'typeorm_metadata';

SELECT "con"."conname" AS "constraint_name", "con"."nspname" AS "table_schema", "con"."relname" AS "table_name", "att2"."attname" AS "column_name", "ns"."nspname" AS "referenced_table_schema", "cl"."relname" AS "referenced_table_name", "att"."attname" AS "referenced_column_name", "con"."confdeltype" AS "on_delete", "con"."confupdtype" AS "on_update" FROM (SELECT UNNEST ("con1"."conkey") AS "parent", UNNEST ("con1"."confkey") AS "child", "con1"."confrelid", "con1"."conrelid", "con1"."conname", "con1"."contype", "ns"."nspname", "cl"."relname", "con1"."confdeltype", "con1"."confupdtype" FROM "pg_class" "cl" INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_constraint" "con1" ON "con1"."conrelid" = "cl"."oid" WHERE "con1"."contype" = 'f' AND "ns"."nspname" = 'public') "con" INNER JOIN "pg_attribute" "att" ON "att"."attrelid" = "con"."confrelid" AND "att"."attnum" = "con"."child" INNER JOIN "pg_class" "cl" ON "cl"."oid" = "con"."confrelid" INNER JOIN "pg_namespace" "ns" ON "cl"."relnamespace" = "ns"."oid" INNER JOIN "pg_attribute" "att2" ON "att2"."attrelid" = "con"."conrelid" AND "att2"."attnum" = "con"."parent" ORDER BY 1;

SELECT "User"."id" AS "User_id", "User"."full_name" AS "User_full_name", "User"."email" AS "User_email", "User"."card" AS "User_card", "User"."ssn" AS "User_ssn", "User"."born" AS "User_born" FROM "users" "User" WHERE (("User"."id" = 7)) LIMIT 1;

SELECT DISTINCT "distinctAlias"."User_id" AS "ids_User_id" FROM (SELECT "User"."id" AS "User_id", "User"."email" AS "User_email", "orders"."id" AS "orders_id" FROM "users" "User" LEFT JOIN "orders" "orders" ON "orders"."user_id"="User"."id") "distinctAlias" ORDER BY "User_id" ASC LIMIT 5;

SELECT COUNT(DISTINCT("User"."id")) AS "cnt" FROM "users" "User" LEFT JOIN "orders" "orders" ON "orders"."user_id"="User"."id" WHERE "orders"."state" = 'paid';

START TRANSACTION; INSERT INTO "orders"("id", "user_id", "total", "state", "note", "created_at") VALUES (700, 1, 12.5, DEFAULT, 'typeorm', DEFAULT) RETURNING "state", "created_at"; COMMIT;
