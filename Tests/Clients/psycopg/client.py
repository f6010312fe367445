import sys

import psycopg

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("psycopg", f"{psycopg.__version__} (libpq {psycopg.pq.version() // 10000}.{psycopg.pq.version() % 10000})")


def connect(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY):
    return psycopg.connect(
        host=HOST, port=PORT, user=user, password=password, dbname=database, sslmode="verify-full", sslrootcert=authority,
        channel_binding="require", autocommit=True)


one = connect()
two = connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)


@feature("tls")
def _():
    expect(one.pgconn.ssl_in_use)
    return must_refuse(lambda: connect(authority=WRONG_AUTHORITY)) + ", channel binding"


@feature("simple")
def _():
    one.pgconn.exec_(b"SELECT 1; SELECT 2")
    expect(is_masked(one.execute("SELECT email FROM people WHERE id = 7").fetchone()[0]))


@feature("parameters")
def _():
    expect(one.execute("SELECT %s::int + 1, %s::text", [41, "größe"]).fetchone() == (42, "größe"))
    expect(one.execute("SELECT name FROM people WHERE id = %s", [7]).fetchone() == ("Person 7",))


@feature("binary")
def _():
    cursor = one.cursor(binary=True)
    expect(cursor.execute("SELECT %b::int4, %b::bytea, born FROM people WHERE id = 1", [7, b"\0\xff"]).fetchone()[:2] == (7, b"\0\xff"))


@feature("copy")
def _():
    with one.transaction(force_rollback=True):
        with one.cursor().copy("COPY scratch FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["text", "int4", "text"])
            for number in range(1000):
                copy.write_row(("psycopg", number, None))
        with one.cursor().copy("COPY (SELECT id FROM scratch WHERE client = 'psycopg') TO STDOUT") as copy:
            expect(len(list(copy.rows())) == 1000)
    with one.cursor().copy("COPY people TO STDOUT") as copy:
        expect(all(is_masked(row[2]) for row in copy.rows()))
    return "in and out, binary and text"


@feature("big")
def _():
    rows = one.execute(BIG).fetchall()
    expect(len(rows) == BIG_ROWS and all(len(row[1]) == BIG_TEXT for row in rows))


@feature("cursor")
def _():
    with one.transaction(), one.cursor("c", scrollable=True) as cursor:
        cursor.execute("SELECT id, email FROM people ORDER BY id")
        expect(len(cursor.fetchmany(100)) + len(cursor.fetchall()) == 500)
        cursor.scroll(0, mode="absolute")
        expect(cursor.fetchone()[0] == 1)


@feature("error")
def _():
    one.autocommit = False
    for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
        try:
            one.execute(statement)
            raise AssertionError(statement)
        except psycopg.Error as error:
            expect(error.sqlstate == state, error.sqlstate)
    one.rollback()
    one.autocommit = True
    expect(one.execute("SELECT 3").fetchone() == (3,))


@feature("cancel")
def _():
    try:
        with Cancelling(one.cancel_safe):
            one.execute("SELECT pg_sleep(60)")
        raise AssertionError("it was not cancelled")
    except psycopg.errors.QueryCanceled:
        expect(one.execute("SELECT 4").fetchone() == (4,))


@feature("notice")
def _():
    seen = []
    one.add_notice_handler(lambda diagnostic: seen.append(diagnostic.message_primary))
    one.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect(seen == ["hello"], seen)


@feature("notify")
def _():
    two.execute("LISTEN news")
    two.execute("NOTIFY news, 'payload'")
    expect(next(two.notifies(timeout=20)).payload == "payload")


@feature("prepared")
def _():
    for number in range(1, 21):
        expect(one.execute("SELECT name, email FROM people WHERE id = %s", [number], prepare=True).fetchone()[0] == f"Person {number}")
    with one.pipeline():
        cursors = [one.execute("SELECT name FROM people WHERE id = %s", [number], prepare=True) for number in range(1, 21)]
    expect([cursor.fetchone()[0] for cursor in cursors] == [f"Person {number}" for number in range(1, 21)])
    return "also in a pipeline"


@feature("databases")
def _():
    names = [connection.execute("SELECT current_database()").fetchone()[0] for connection in (one, two)]
    expect(names == [DATABASE, SECOND_DATABASE])
