-- Hibernate: an entity graph, a version-like update, a delete by key
select u1_0.id,u1_0.full_name,u1_0.note,o1_0.user_id,o1_0.id,o1_0.total from users u1_0 left join orders o1_0 on u1_0.id=o1_0.user_id where u1_0.id in (1,2) order by u1_0.id, o1_0.id;


select u1_0.id,u1_0.full_name from users u1_0 where u1_0.id=7 for no key update;

update users set full_name='Person 7',note='h' where id=7 and note='note 7';

delete from order_items oi1_0 where oi1_0.order_id=60 and oi1_0.line=2;
