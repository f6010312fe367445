-- cursors: held over commits and a change of the path, moved back, in binary
BEGIN; DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT id, email, card FROM users ORDER BY email, id; COMMIT;

SET search_path = app; FETCH 2 FROM h;

FETCH BACKWARD ALL FROM h;

FETCH LAST FROM h;

SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors ORDER BY 1;

BEGIN; DECLARE b BINARY CURSOR WITH HOLD FOR SELECT email, born FROM public.users; FETCH 3 FROM b; COMMIT;

MOVE ABSOLUTE 5 IN b; FETCH RELATIVE 0 FROM b;

CLOSE ALL; RESET search_path;

BEGIN; DECLARE u CURSOR FOR SELECT id, email FROM users FOR UPDATE; FETCH u; ROLLBACK;
