-- Go: pgx and lib/pq, health checks and scans
select null;

-- ping
;

select id, full_name, email, card, ssn, born, note from users where id = 4;

select t.oid, t.typname, t.typbasetype, t.typrelid, t.typelem, t.typtype from pg_type t where t.typname in ('users', '_users', 'orders') and t.typnamespace = 'public'::regnamespace order by t.typname;

begin isolation level serializable read only deferrable;

select sum(total) from orders;

commit;
