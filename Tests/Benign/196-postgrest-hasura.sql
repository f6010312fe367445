-- PostgREST and Hasura: whole answers as JSON, made by the server
WITH pgrst_source AS (SELECT "public"."users"."id", "public"."users"."full_name", "public"."users"."email" FROM "public"."users" WHERE "public"."users"."id" < 4 ORDER BY "public"."users"."id" LIMIT 10) SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, coalesce(json_agg(_postgrest_t), '[]')::text <> '' AS body FROM (SELECT * FROM pgrst_source) _postgrest_t;

SELECT coalesce(json_agg("root" ORDER BY "root.pg.id" ASC NULLS LAST), '[]')::text <> '' AS "root" FROM (SELECT row_to_json((SELECT "_e" FROM (SELECT "_root.base"."id" AS "id", "_root.base"."full_name" AS "full_name") AS "_e")) AS "root", "_root.base"."id" AS "root.pg.id" FROM (SELECT * FROM "public"."users" WHERE ("public"."users"."id") > 17 ORDER BY "id" ASC NULLS LAST) AS "_root.base" ORDER BY "root.pg.id" ASC NULLS LAST) AS "_root";

WITH pgrst_source AS (UPDATE "public"."users" SET "note" = 'rest' WHERE "public"."users"."id" = 8 RETURNING "public"."users"."id", "public"."users"."note") SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total FROM (SELECT * FROM pgrst_source) _postgrest_t;

SELECT u.id, u.full_name, coalesce(o.orders, '[]') AS orders FROM users u LEFT JOIN LATERAL (SELECT json_agg(json_build_object('id', o.id, 'total', o.total) ORDER BY o.id) AS orders FROM orders o WHERE o.user_id = u.id) o ON true WHERE u.id < 3 ORDER BY u.id;

select set_config('search_path', '"public"', true), set_config('request.method', 'GET', true), set_config('request.path', '/users', true);
