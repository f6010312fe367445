"""psycopg through the proxy, as applications use it. Ends with "ok", or with the assertion that failed."""
import datetime
import decimal

import psycopg
from psycopg import sql

connection = psycopg.connect("", autocommit=True)

# Parameters and results, in text and in binary.
for binary in (False, True):
    cursor = connection.cursor(binary=binary)
    cursor.execute(
        "SELECT customer_id, first_name, last_name, email, create_date, activebool FROM customer WHERE customer_id = %s", [1])
    row = cursor.fetchone()
    assert row[:2] == (1, "MARY"), row
    assert row[2] != "SMITH" and "@sakila" not in row[3], row
    assert row[4] == datetime.date(2022, 1, 1) and row[5] is True, row
    parameter = "%b" if binary else "%s"
    cursor.execute(
        f"SELECT {parameter}::int4, {parameter}::text, {parameter}::numeric, {parameter}::timestamptz, {parameter}::bytea, {parameter}::int4[]",
        [7, "größe", decimal.Decimal("1.50"), datetime.datetime(2022, 2, 3, tzinfo=datetime.timezone.utc), b"\0\xff", [1, 2, None]])
    row = cursor.fetchone()
    assert row[:3] == (7, "größe", decimal.Decimal("1.50")), row
    assert row[4:] == (b"\0\xff", [1, 2, None]), row
    # Often enough to be prepared on the server.
    for number in range(1, 9):
        cursor.execute("SELECT email, last_name FROM customer WHERE customer_id = %s", [number], prepare=True)
        email, last_name = cursor.fetchone()
        assert "@sakila" not in email and "*" in last_name, (email, last_name)
    cursor.execute("SELECT amount FROM payment ORDER BY payment_date, payment_id LIMIT 5")
    assert all(amount == int(amount) for (amount,) in cursor.fetchall())

# A cursor on the server, fetched in parts, forwards and backwards.
with connection.transaction():
    with connection.cursor("films", scrollable=True) as cursor:
        cursor.execute("SELECT film_id, title FROM film ORDER BY film_id")
        cursor.itersize = 100
        first = cursor.fetchmany(250)
        rest = cursor.fetchall()
        assert len(first) + len(rest) == 1000, (len(first), len(rest))
        cursor.scroll(0, mode="absolute")
        assert cursor.fetchone()[0] == 1
    with connection.cursor("people") as cursor:
        cursor.execute("SELECT * FROM customer ORDER BY customer_id")
        assert not any("@sakila" in (row[4] or "") for row in cursor)

# A pipeline, with an error in the middle that takes the rest of its transaction along.
try:
    with connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", [number]) for number in range(50)]
    assert [cursor.fetchone()[0] for cursor in cursors] == list(range(50))
    with connection.pipeline():
        connection.execute("SELECT 1")
        connection.execute("DROP TABLE film")
        connection.execute("SELECT 2")
    raise AssertionError("DROP TABLE was not refused")
except psycopg.errors.InsufficientPrivilege as error:
    assert "safe-writes" in str(error), error
assert connection.execute("SELECT 3").fetchone() == (3,)

# COPY both ways.
with connection.cursor() as cursor:
    with cursor.copy("COPY customer TO STDOUT") as copy:
        rows = list(copy.rows())
    assert len(rows) >= 599 and not any("@sakila" in (row[4] or "") for row in rows)
    with cursor.copy("COPY (SELECT customer_id, email FROM customer) TO STDOUT WITH (FORMAT binary)") as copy:
        copy.set_types(["int4", "text"])
        assert not any("@sakila" in (row[1] or "") for row in copy.rows())
    with connection.transaction(force_rollback=True):
        with cursor.copy("COPY rental (rental_date, inventory_id, customer_id, staff_id) FROM STDIN") as copy:
            for day in range(1, 21):
                copy.write_row((datetime.datetime(2023, 1, day), 1, 1, 1))
        cursor.execute("SELECT count(*) FROM rental WHERE rental_date >= '2023-01-01' AND rental_date < '2023-02-01'")
        assert cursor.fetchone() == (20,)

# A transaction that fails, and one that is left.
try:
    with connection.transaction():
        connection.execute("UPDATE customer SET active = 0 WHERE customer_id = 7")
        connection.execute("TRUNCATE rental")
except psycopg.errors.InsufficientPrivilege:
    pass
assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
assert connection.execute("SELECT active FROM customer WHERE customer_id = 7").fetchone() == (1,)

# Many columns, large values, many parameters.
big = "x" * 3_000_000
assert connection.execute("SELECT length(%s)", [big]).fetchone() == (3_000_000,)
many = sql.SQL("SELECT {}").format(sql.SQL(" + ").join([sql.Placeholder()] * 1000))
assert connection.execute(many, [1] * 1000).fetchone() == (1000,)
assert len(connection.execute("SELECT repeat('y', 2000) FROM generate_series(1, 3000)").fetchall()) == 3000

connection.close()
print("ok")
