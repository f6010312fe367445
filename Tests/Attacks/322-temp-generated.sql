-- temp objects: columns made from what is put in
CREATE TEMP TABLE turned (e text, r text GENERATED ALWAYS AS (reverse(e)) STORED, CHECK (length(e) < 100));

INSERT INTO turned SELECT email FROM users WHERE id < 3 RETURNING r;

INSERT INTO turned SELECT email FROM public.users;

CREATE INDEX ON turned (e);

SELECT * FROM turned ORDER BY e;
