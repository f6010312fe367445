-- inference: index scans on masked columns
SET enable_seqscan = off;

SELECT id FROM users WHERE email >= 'canaryqxa' AND email < 'canaryqxb' ORDER BY email;

SELECT min(born) FROM users WHERE born > '1977-06-01';
