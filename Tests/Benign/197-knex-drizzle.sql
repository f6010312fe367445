-- Knex and Drizzle: builders' queries, returning clauses, migrations' tables
select * from information_schema.tables where table_name = 'knex_migrations' and table_schema = (current_schema);

select "users"."id", "users"."email" as "mail", "o"."n" from "users" left join (select "user_id", count(*) as "n" from "orders" group by "user_id") as "o" on "o"."user_id" = "users"."id" where "users"."id" in (1, 2, 3) order by "users"."id" asc;

select "id", "full_name", "email", (select coalesce(json_agg(json_build_array("o"."id", "o"."state") order by "o"."id"), '[]'::json) from "orders" "o" where "o"."user_id" = "users"."id") as "orders" from "users" order by "users"."id" limit 2;

select count(distinct "user_id") as "c" from "orders" where "total" between 10 and 50;

insert into "orders" ("id", "user_id", "total", "state", "note", "created_at") values (710, 2, 9.99, 'new', null, default), (711, 3, 1.5, default, 'k', default) returning "id", "state";

update "orders" set "state" = 'paid', "note" = "note" || '!' where "id" = 711 returning "id", "note";

with "recent" as (select * from "orders" where "id" > 55) select "users"."full_name", "recent"."id" from "recent" inner join "users" on "users"."id" = "recent"."user_id" order by "recent"."id";

delete from "orders" where "id" in (710, 711) returning "id";
