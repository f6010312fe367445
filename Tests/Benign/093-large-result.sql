-- size: many rows and wide values
SELECT g, repeat('x', 100) FROM generate_series(1, 500) g;

SELECT length(repeat('y', 1000000));
