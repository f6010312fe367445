-- node-postgres, Sequelize, Knex and TypeORM
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'orders';

SELECT i.relname AS name, ix.indisprimary AS primary, ix.indisunique AS unique, array_agg(a.attnum ORDER BY a.attnum) as column_indexes, array_agg(a.attname ORDER BY a.attnum) AS column_names, pg_get_indexdef(ix.indexrelid) AS definition FROM pg_class t, pg_class i, pg_index ix, pg_attribute a WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid AND t.relkind = 'r' and t.relname = 'orders' AND a.attnum = ANY(ix.indkey::int2[]) GROUP BY i.relname, ix.indexrelid, ix.indisprimary, ix.indisunique ORDER BY i.relname;

SELECT "User"."id", "User"."full_name", "Orders"."id" AS "Orders.id", "Orders"."total" AS "Orders.total" FROM "users" AS "User" LEFT OUTER JOIN "orders" AS "Orders" ON "User"."id" = "Orders"."user_id" AND "Orders"."state" = 'paid' WHERE "User"."id" = 5 ORDER BY 3;

select distinct "distinctAlias"."u_id" as "ids_u_id" from (select "u"."id" as "u_id", "u"."email" as "u_email" from "users" "u" left join "orders" "o" on "o"."user_id" = "u"."id") "distinctAlias" order by "u_id" asc limit 3;

select * from "users" where "id" in (1, 2) order by "id" asc;
