-- expressions: every letter turned and counted
SELECT translate(email, 'abcdefghijklmnopqrstuvwxyz', 'bcdefghijklmnopqrstuvwxyza'), strpos(email, 'q'), overlay(email placing '-' from 3) FROM users WHERE id = 1;

SELECT id, ascii(substr(email, 9, 1)), get_byte(email::bytea, 8) FROM users WHERE id < 4 AND length(email) > 9;

SELECT length(replace(card, '1', '')), btrim(ssn, '0123456789'), repeat(email, 2), to_hex(ascii(card)) FROM users WHERE id = 1;
