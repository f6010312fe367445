-- session: settings kept for the role and the database
ALTER DATABASE attack SET search_path = public;

ALTER ROLE CURRENT_USER IN DATABASE attack SET role = 'shop_owner';

ALTER ROLE CURRENT_USER SET session_preload_libraries = 'x';

CREATE TABLESPACE t LOCATION '/tmp';

SELECT email FROM users WHERE id = 1;
