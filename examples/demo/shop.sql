-- A small shop: people, their addresses and cards, what they bought. Made from a fixed seed, so every run shows the same rows;
-- no person or card in it is real (card numbers bear a valid check digit, as a real table's would).

BEGIN;
SELECT setseed(0.4711);

CREATE FUNCTION pg_temp.luhn(digits text) RETURNS text LANGUAGE sql AS $$
  SELECT digits || ((10 - sum(CASE WHEN (length(digits) - i) % 2 = 0
                               THEN CASE WHEN d * 2 > 9 THEN d * 2 - 9 ELSE d * 2 END
                               ELSE d END) % 10) % 10)::text
  FROM (SELECT i, substr(digits, i, 1)::int AS d FROM generate_series(1, length(digits)) AS i) AS each
$$;

CREATE FUNCTION pg_temp.pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT choices[1 + floor(random() * array_length(choices, 1))::int]
$$;

CREATE TABLE customers (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name  text NOT NULL,
  email      text NOT NULL UNIQUE,
  phone      text,
  born       date,
  tier       text NOT NULL DEFAULT 'basic' CHECK (tier IN ('basic', 'plus', 'gold')),
  note       text,
  created_at timestamptz NOT NULL
);

CREATE TABLE addresses (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers,
  street      text NOT NULL,
  postcode    text NOT NULL,
  city        text NOT NULL,
  country     char(2) NOT NULL
);

CREATE TABLE cards (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers,
  card_number varchar(19) NOT NULL,
  expires     date NOT NULL,
  brand       text NOT NULL
);

CREATE TABLE products (
  id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku   text NOT NULL UNIQUE,
  title text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0)
);

CREATE TABLE orders (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers,
  status      text NOT NULL CHECK (status IN ('paid', 'shipped', 'delivered', 'returned')),
  ordered_at  timestamptz NOT NULL
);

CREATE TABLE order_lines (
  order_id   int NOT NULL REFERENCES orders,
  line       int NOT NULL,
  product_id int NOT NULL REFERENCES products,
  quantity   int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, line)
);

INSERT INTO customers (full_name, email, phone, born, tier, created_at)
SELECT first || ' ' || last,
       lower(first) || '.' || lower(last) || n || '@' || pg_temp.pick('{mail.example,post.example,inbox.example}'),
       '+49 30 ' || lpad(floor(random() * 10000000)::int::text, 7, '0'),
       date '1950-01-01' + floor(random() * 20000)::int,
       pg_temp.pick('{basic,basic,basic,plus,gold}'),
       timestamptz '2024-01-01 00:00+00' + random() * interval '700 days'
FROM (SELECT n,
             pg_temp.pick('{Ada,Bela,Carla,Deniz,Emil,Fatma,Greta,Hugo,Ines,Jonas,Kira,Lars,Mina,Noah,Olga,Paul}') AS first,
             pg_temp.pick('{Adler,Brandt,Celik,Dietz,Engel,Fuchs,Graf,Hahn,Ivanov,Jung,Kaya,Lenz,Maurer,Nowak,Otto,Peters}') AS last
      FROM generate_series(1, 1500) AS n) AS people;

INSERT INTO addresses (customer_id, street, postcode, city, country)
SELECT id, pg_temp.pick('{Linden,Schul,Garten,Ring,Berg,Markt}') || 'strasse ' || 1 + floor(random() * 120)::int,
       lpad(floor(random() * 99999)::int::text, 5, '0'), pg_temp.pick('{Berlin,Hamburg,Leipzig,Graz,Basel}'),
       pg_temp.pick('{DE,DE,DE,AT,CH}')
FROM customers;

INSERT INTO cards (customer_id, card_number, expires, brand)
SELECT id, pg_temp.luhn('4' || lpad(floor(random() * 99999999999999)::bigint::text, 14, '0')),
       date '2027-01-31' + floor(random() * 1400)::int, 'visa'
FROM customers WHERE random() < 0.8;

INSERT INTO products (sku, title, price)
SELECT 'SKU-' || lpad(n::text, 4, '0'), pg_temp.pick('{Red,Blue,Green,Small,Large,Quiet}') || ' ' || pg_temp.pick('{lamp,chair,kettle,desk,radio,clock}'),
       round((3 + random() * 240)::numeric, 2)
FROM generate_series(1, 120) AS n;

INSERT INTO orders (customer_id, status, ordered_at)
SELECT 1 + floor(random() * 1500)::int, pg_temp.pick('{paid,shipped,delivered,delivered,returned}'),
       timestamptz '2025-01-01 00:00+00' + random() * interval '600 days'
FROM generate_series(1, 4000);

INSERT INTO order_lines (order_id, line, product_id, quantity)
SELECT o.id, l, 1 + floor(random() * 120)::int, 1 + floor(random() * 3)::int
FROM orders AS o CROSS JOIN LATERAL generate_series(1, 1 + o.id % 3) AS l;

CREATE INDEX ON orders (customer_id);
CREATE INDEX ON cards (customer_id);
COMMIT;
ANALYZE customers, addresses, cards, products, orders, order_lines;
