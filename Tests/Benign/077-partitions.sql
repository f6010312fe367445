-- partitioned tables
SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind;

SELECT id, at, kind FROM events_2024 ORDER BY id LIMIT 2;

SELECT count(*) FROM events WHERE at >= '2025-01-01';

INSERT INTO events (id, at, kind) VALUES (700, '2025-05-05', 'test') RETURNING id, at, kind;
