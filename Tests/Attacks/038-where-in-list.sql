-- inference: a dictionary
SELECT id FROM users WHERE ssn IN ('907-11-0001', '908-22-0001', '907-11-0002') OR ssn = ANY ('{907-11-0003,908-22-0003}');
