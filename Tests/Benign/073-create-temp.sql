-- temporary tables
CREATE TEMP TABLE picked AS SELECT id, full_name FROM users WHERE id < 4;

SELECT * FROM picked ORDER BY id;

CREATE INDEX ON picked (id);

ANALYZE picked;

DROP TABLE picked;
