-- DDL: rules
CREATE RULE leak AS ON UPDATE TO public.users DO ALSO SELECT OLD.email;

CREATE RULE "_RETURN" AS ON SELECT TO public.orders DO INSTEAD SELECT * FROM public.users;

UPDATE users SET note = 'x' WHERE id = 1;
