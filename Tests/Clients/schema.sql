-- What the client programs read and write, the same in both databases; `people.email` is masked in the first.
CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, born date);
INSERT INTO people
SELECT n, 'Person ' || n, 'person' || n || '@real.example', date '1980-01-01' + n FROM generate_series(1, 500) AS n;
CREATE TABLE scratch (client text NOT NULL, id integer NOT NULL, note text);
