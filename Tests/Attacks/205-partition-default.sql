-- partitions: attach and detach
ALTER TABLE events DETACH PARTITION events_2024;

CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

SELECT email FROM events_2026;
