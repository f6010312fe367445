-- ETL: MERGE and staged loads into free columns
CREATE TEMP TABLE staged (id int, note text);

INSERT INTO staged VALUES (1, 'm1'), (2, 'm2'), (950, 'new');

MERGE INTO users u USING staged s ON u.id = s.id WHEN MATCHED THEN UPDATE SET note = s.note WHEN NOT MATCHED THEN INSERT (id, full_name, born, note) VALUES (s.id, 'Staged', '2000-01-01', s.note);

SELECT id, note FROM users WHERE id IN (1, 2, 950) ORDER BY id;

UPDATE users SET note = s.note || '!' FROM staged s WHERE s.id = users.id AND users.id < 3;

DELETE FROM users USING staged s WHERE users.id = s.id AND s.id = 950;

DROP TABLE staged;
