-- Tableau and Power BI: probes, extracts, cursors, TOP N with groups over a custom query
BEGIN; declare "SQL_CUR1" cursor with hold for SELECT 1 AS "x"; fetch 10 in "SQL_CUR1"; close "SQL_CUR1"; COMMIT;

CREATE LOCAL TEMPORARY TABLE "#Tableau_1_Connect" ("COL" INTEGER) ON COMMIT PRESERVE ROWS;

DROP TABLE "#Tableau_1_Connect";

SELECT CAST("users"."full_name" AS TEXT) AS "full_name", CAST("users"."email" AS TEXT) AS "email", SUM("orders"."total") AS "sum:total:ok" FROM "public"."orders" "orders" INNER JOIN "public"."users" "users" ON ("orders"."user_id" = "users"."id") GROUP BY 1, 2 ORDER BY 1, 2;

SELECT EXTRACT(YEAR FROM "Custom SQL Query"."born") AS "yr:born:ok", COUNT(1) AS "cnt" FROM (select id, born, note from users) "Custom SQL Query" GROUP BY 1 ORDER BY 1;

select "_"."id", "_"."full_name", "_"."email" from (select "id", "full_name", "email", "born" from "public"."users" "$Table") "_" where "_"."id" >= 3 and "_"."id" < 6 order by "_"."id" limit 1000;

select "rows"."state" as "state", sum("rows"."total") as "a0", count(distinct("rows"."user_id")) + max(case when "rows"."user_id" is null then 1 else 0 end) as "a1" from (select "state", "total", "user_id" from "public"."orders" "$Table") "rows" group by "state" order by "state" limit 1000001;

SELECT "t0"."full_name" FROM (SELECT "users"."full_name" AS "full_name", SUM("orders"."total") AS "measure" FROM "public"."users" "users" LEFT JOIN "public"."orders" "orders" ON "users"."id" = "orders"."user_id" GROUP BY 1) "t0" WHERE "t0"."measure" > 0 ORDER BY "t0"."measure" DESC, 1 ASC LIMIT 3;
