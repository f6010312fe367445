-- DataGrip: names, sources and dependencies
select N.oid::bigint as id, N.nspname as name, D.description, pg_catalog.pg_get_userbyid(N.nspowner) as "owner" from pg_catalog.pg_namespace N left join pg_catalog.pg_description D on N.oid = D.objoid where N.nspname = 'public' order by case when nspname = pg_catalog.current_schema() then -1::bigint else N.oid::bigint end;

select T.relkind as table_kind, T.relname as table_name, T.oid as table_id, T.relnamespace as tablespace_id, T.reloptions as options, T.relpersistence as persistence, (select pg_catalog.array_agg(inhparent::bigint order by inhseqno)::varchar from pg_catalog.pg_inherits where T.oid = inhrelid) as ancestors, T.relispartition as is_partition, pg_catalog.pg_get_partkeydef(T.oid) as partition_key from pg_catalog.pg_class T where relnamespace = 'public'::regnamespace and relkind in ('r', 'm', 'v', 'f', 'p') order by table_kind, table_id;

select min(K.ordinal_position), K.table_name from information_schema.key_column_usage K where K.table_schema = 'nowhere' group by 2;
