-- expressions: regular expressions
SELECT regexp_matches(email, '(.*)@'), regexp_replace(card, '.', '\&', 'g'), regexp_split_to_array(ssn, '-') FROM users;
