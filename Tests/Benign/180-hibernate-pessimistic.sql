-- Hibernate 5 and 6: PESSIMISTIC_WRITE, PESSIMISTIC_READ, refresh with a lock, lock timeouts
BEGIN;

select u1_0.id,u1_0.born,u1_0.card,u1_0.email,u1_0.full_name,u1_0.note,u1_0.ssn from users u1_0 where u1_0.id=1 for no key update;

select user0_.id as id1_0_0_, user0_.born as born2_0_0_, user0_.card as card3_0_0_, user0_.email as email4_0_0_, user0_.full_name as full_nam5_0_0_, user0_.note as note6_0_0_ from users user0_ where user0_.id=2 for update;

select u1_0.id,u1_0.born,u1_0.email,u1_0.note from users u1_0 where u1_0.id=3 for share of u1_0;

select u1_0.id,u1_0.born,u1_0.email,u1_0.note from users u1_0 where u1_0.full_name like 'Person 1%' escape '' order by u1_0.id offset 0 rows fetch first 3 rows only for no key update nowait;

select o1_0.id,o1_0.note,o1_0.state,o1_0.total,u1_0.id,u1_0.email,u1_0.full_name from orders o1_0 join users u1_0 on u1_0.id=o1_0.user_id where o1_0.id=5 for no key update of o1_0,u1_0 skip locked;

update users set full_name='Person 1',note='locked' where id=1;

select u1_0.id,u1_0.email,u1_0.note from users u1_0 where u1_0.id=1;

COMMIT;
