-- dbt: what it lists of relations, and the models and tests that it runs
select distinct nspname from pg_namespace where nspname = 'public';

select 'attack' as database, tablename as name, schemaname as schema, 'table' as type from pg_tables where schemaname ilike 'app' and tablename = 'users' union all select 'attack' as database, viewname as name, schemaname as schema, 'view' as type from pg_views where schemaname ilike 'app' order by 2;

with relation as (select pg_rewrite.ev_class as class, pg_rewrite.oid as id from pg_rewrite), class as (select oid as id, relname as name, relnamespace as schema, relkind as kind from pg_class), dependency as (select distinct pg_depend.objid as id, pg_depend.refobjid as ref from pg_depend) select count(*) >= 0 from dependency join relation on relation.id = dependency.id join class on class.id = dependency.ref where class.kind = 'm' and class.name = 'nothing';

create temporary table "stg_users__dbt_tmp" as (with source as (select * from "attack"."public"."users"), renamed as (select id as user_id, full_name, email, card, born from source) select * from renamed);

select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error from (select user_id from "stg_users__dbt_tmp" where user_id is null) dbt_internal_test;

select count(*) as failures from (select id as unique_field, count(*) as n_records from "attack"."public"."orders" where id is not null group by id having count(*) > 1) dbt_internal_test;

select user_id, full_name, email from "stg_users__dbt_tmp" order by user_id limit 3;

with child as (select user_id as from_field from "attack"."public"."orders" where user_id is not null), parent as (select id as to_field from "attack"."public"."users") select count(*) as failures from (select from_field from child left join parent on child.from_field = parent.to_field where parent.to_field is null) dbt_internal_test;

select state as value_field, count(*) as n_records from "attack"."public"."orders" group by state order by 1;
