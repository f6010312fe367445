-- session: the path of a role
ALTER ROLE CURRENT_USER SET search_path = public;

ALTER ROLE CURRENT_USER IN DATABASE attack SET role = 'shop_owner';

SELECT email FROM users;
