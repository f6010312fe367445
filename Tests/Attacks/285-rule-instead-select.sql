-- rules: an INSERT that answers another query
CREATE TEMP TABLE door (x int);

CREATE RULE r AS ON INSERT TO door DO INSTEAD SELECT id, email FROM public.users WHERE id < 3;

INSERT INTO door VALUES (1);

CREATE RULE s AS ON DELETE TO door DO ALSO UPDATE public.users SET note = email;

DELETE FROM door;
