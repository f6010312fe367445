-- partitions: by their own names
SELECT email FROM events;

SELECT email FROM events_2024;

SELECT * FROM ONLY public.events_2025;

SELECT e.tableoid::regclass, e FROM events e LIMIT 3;
