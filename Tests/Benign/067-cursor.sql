-- cursors: fetch forwards and backwards
BEGIN;

DECLARE c SCROLL CURSOR FOR SELECT id, full_name FROM users ORDER BY id;

FETCH 2 FROM c;

FETCH LAST FROM c;

MOVE FIRST FROM c;

FETCH PRIOR FROM c;

CLOSE c;

COMMIT;
