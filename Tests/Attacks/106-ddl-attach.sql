-- DDL: attach as a partition
CREATE TEMP TABLE parent (LIKE public.users) PARTITION BY RANGE (id);

ALTER TABLE parent ATTACH PARTITION public.users FOR VALUES FROM (1) TO (1000);

SELECT email FROM parent;
