-- DataGrip: pages of a table, counted, with its row numbers
select t.* from public.users t order by id limit 3 offset 3;

select count(*) from public.users t;

select t.*, row_number() over (order by id) as rn from public.orders t fetch first 2 rows only;

update public.users t set note = 'dg' where t.id = 5;
