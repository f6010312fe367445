-- Hibernate: entities, a lazy collection, an optimistic update
select u1_0.id,u1_0.born,u1_0.card,u1_0.email,u1_0.full_name,u1_0.note from users u1_0 where u1_0.id=5;

select o1_0.user_id,o1_0.id,o1_0.created_at,o1_0.note,o1_0.state,o1_0.total from orders o1_0 where o1_0.user_id=5 order by o1_0.id;

update orders set note='v2',state='new',total=7.0,user_id=6 where id=5 and state='new';

select count(distinct u1_0.id) from users u1_0 left join orders o1_0 on u1_0.id=o1_0.user_id where lower(u1_0.full_name) like 'person%' escape '';

select o1_0.id from orders o1_0 where o1_0.id=6 for no key update;
