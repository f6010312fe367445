-- COPY: a partitioned table and its partitions
COPY events TO STDOUT;

COPY events_2024 (email) TO STDOUT;
