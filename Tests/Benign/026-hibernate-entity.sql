-- Hibernate: an entity with its collection
select user0_.id as id1_0_, user0_.full_name as full_nam2_0_, user0_.email as email3_0_, user0_.born as born4_0_ from users user0_ where user0_.id=2;

select orders0_.user_id as user_id3_1_0_, orders0_.id as id1_1_0_, orders0_.total as total2_1_1_ from orders orders0_ where orders0_.user_id=2 order by orders0_.id;
