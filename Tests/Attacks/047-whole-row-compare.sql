-- whole rows: comparison
SELECT id FROM users u WHERE u > ROW(1, 'Person 1', 'canaryqxa', '', '', '1977-01-01', '');

SELECT count(DISTINCT u) FROM users u;
