-- DDL: a rule on a temporary view reads with its owner's rights
CREATE TEMP VIEW v AS SELECT 1 AS a;

CREATE RULE r AS ON INSERT TO v DO INSTEAD SELECT email FROM public.users;

INSERT INTO v VALUES (1);
