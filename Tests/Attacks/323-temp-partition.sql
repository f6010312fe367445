-- temp objects: a table of one's own takes rows by value
CREATE TEMP TABLE sorted (e text, id int) PARTITION BY RANGE (e);

CREATE TEMP TABLE low PARTITION OF sorted FOR VALUES FROM (MINVALUE) TO ('canaryqxb');

CREATE TEMP TABLE high PARTITION OF sorted FOR VALUES FROM ('canaryqxb') TO (MAXVALUE);

INSERT INTO sorted SELECT email, id FROM users RETURNING tableoid::regclass, id;

SELECT count(*) FROM low;
