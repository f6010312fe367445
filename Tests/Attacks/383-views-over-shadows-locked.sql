-- row locks: views of the lease's own over shadows and copies, with rules and triggers of their own
CREATE TEMP VIEW mine AS SELECT * FROM iss_m_efa1f375d76194fa.users;

SELECT * FROM mine WHERE id = 1 FOR UPDATE;

UPDATE mine SET email = 'x@example.com' WHERE id = 1 RETURNING *;

UPDATE mine SET note = email WHERE id = 1 RETURNING *;

CREATE TEMP VIEW renamed (nr, mail, plain) AS SELECT id, email, note FROM mine WHERE email LIKE 'c%' WITH CHECK OPTION;

UPDATE renamed SET plain = mail RETURNING *;

UPDATE renamed SET mail = 'nobody' RETURNING *;

SELECT * FROM renamed WHERE nr < 3 FOR NO KEY UPDATE;

CREATE TEMP VIEW strict WITH (security_invoker, security_barrier) AS SELECT * FROM public.users;

SELECT * FROM strict FOR UPDATE;

CREATE TEMP TABLE seen (line text);

CREATE FUNCTION pg_temp.see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (OLD::text), (NEW::text); RAISE NOTICE ''% %'', OLD, NEW; RETURN NEW; END';

CREATE TRIGGER see INSTEAD OF UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION pg_temp.see();

UPDATE mine SET email = 'x@example.com', note = email WHERE id < 3 RETURNING *;

SELECT * FROM seen;

CREATE RULE r AS ON UPDATE TO renamed DO INSTEAD UPDATE public.users SET note = OLD.mail WHERE id = OLD.nr RETURNING id, note, note;

UPDATE renamed SET plain = 'x' WHERE nr = 1 RETURNING *;

CREATE TRIGGER t INSTEAD OF UPDATE ON iss_m_efa1f375d76194fa.users FOR EACH ROW EXECUTE FUNCTION pg_temp.see();

CREATE RULE r AS ON UPDATE TO iss_m_efa1f375d76194fa.users DO ALSO SELECT OLD.*;

SELECT * FROM user_names FOR UPDATE;

SELECT * FROM iss_m_efa1f375d76194fa.user_contacts FOR UPDATE;

UPDATE iss_m_efa1f375d76194fa.user_names SET full_name = 'x' RETURNING *;
