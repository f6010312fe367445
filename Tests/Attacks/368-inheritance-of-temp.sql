-- ddl: temporary children, partitions and foreign keys of masked tables
CREATE TEMP TABLE kid () INHERITS (users);

CREATE TEMP TABLE kid (LIKE users INCLUDING ALL); ALTER TABLE kid INHERIT users;

CREATE TEMP TABLE part PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');

CREATE TEMP TABLE refs (m text REFERENCES users (email));

CREATE TEMP TABLE refs (m text); INSERT INTO refs SELECT email FROM users; ALTER TABLE refs ADD FOREIGN KEY (m) REFERENCES public.users (email);

ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;

ALTER TABLE events SPLIT PARTITION events_2024 INTO (PARTITION a FOR VALUES FROM ('2024-01-01') TO ('2024-07-01'), PARTITION b FOR VALUES FROM ('2024-07-01') TO ('2025-01-01'));

SELECT tableoid::regclass, email FROM events_2024 ORDER BY 2 LIMIT 3;

TRUNCATE users CASCADE;
