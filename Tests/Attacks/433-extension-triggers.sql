-- extensions: trigger functions that ask other tables or tell of rows
CREATE TEMP TABLE probe (email text, id int); CREATE TRIGGER ask BEFORE INSERT ON probe FOR EACH ROW EXECUTE FUNCTION ext.check_primary_key('email', 'public.users', 'email');

INSERT INTO probe VALUES ('canaryqxa001@example.com', 1);

CREATE TEMP TABLE parent (id text); INSERT INTO parent VALUES ('canaryqxa001@example.com'); CREATE TRIGGER ask BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION ext.check_foreign_key(1, 'cascade', 'id', 'public.users', 'email');

DELETE FROM parent;

CREATE TEMP TABLE told (email text PRIMARY KEY); CREATE TRIGGER tell AFTER INSERT ON told FOR EACH ROW EXECUTE FUNCTION ext.triggered_change_notification(); LISTEN tcn;

INSERT INTO told SELECT DISTINCT email FROM users;

CREATE TEMP TABLE big (file oid); CREATE TRIGGER t BEFORE UPDATE OR DELETE ON big FOR EACH ROW EXECUTE FUNCTION ext.lo_manage(file);

INSERT INTO big SELECT oid FROM pg_largeobject_metadata; DELETE FROM big;

CREATE TEMP TABLE named (email text); CREATE TRIGGER n BEFORE INSERT ON named FOR EACH ROW EXECUTE FUNCTION ext.insert_username('email'); INSERT INTO named SELECT email FROM public.users;

CREATE TRIGGER spy BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION ext.moddatetime('note');
