import io
import select
import sys

import psycopg2

sys.path.insert(0, sys.path[0] + "/..")
from report import *

library = psycopg2.__libpq_version__
client("psycopg2", f"{psycopg2.__version__.split()[0]} (libpq {library // 10000}.{library % 10000})")


def connect(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY):
    connection = psycopg2.connect(
        host=HOST, port=PORT, user=user, password=password, dbname=database, sslmode="verify-full", sslrootcert=authority)
    connection.autocommit = True
    return connection


one = connect()
two = connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)


def ask(statement, values=None, connection=one):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


@feature("tls")
def _():
    expect(one.info.ssl_in_use)
    return must_refuse(lambda: connect(authority=WRONG_AUTHORITY))


@feature("simple")
def _():
    expect(ask("SELECT 1; SELECT 2") == [(2,)])
    expect(is_masked(ask("SELECT email FROM people WHERE id = 7")[0][0]))


@feature("parameters")
def _():
    expect(ask("SELECT %s + 1, %s", (41, "größe")) == [(42, "größe")])
    return "put into the text by the client"


not_available("binary", "psycopg2 speaks text only")


@feature("copy")
def _():
    with one.cursor() as cursor:
        cursor.copy_expert("COPY scratch FROM STDIN", io.StringIO("".join(f"psycopg2\t{n}\tx\n" for n in range(1000))))
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT id FROM scratch WHERE client = 'psycopg2') TO STDOUT", out)
        expect(len(out.getvalue().splitlines()) == 1000)
        cursor.execute("DELETE FROM scratch WHERE client = 'psycopg2'")
        out = io.StringIO()
        cursor.copy_expert("COPY people TO STDOUT", out)
        expect(all(is_masked(line.split("\t")[2]) for line in out.getvalue().splitlines()))
    return "in and out"


@feature("big")
def _():
    expect(len(ask(BIG)) == BIG_ROWS)


@feature("cursor")
def _():
    one.autocommit = False
    with one.cursor("c") as cursor:
        cursor.itersize = 100
        cursor.execute("SELECT id, email FROM people ORDER BY id")
        expect([row[0] for row in cursor] == list(range(1, 501)))
    one.commit()
    one.autocommit = True


@feature("error")
def _():
    one.autocommit = False
    for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
        try:
            ask(statement)
            raise AssertionError(statement)
        except psycopg2.Error as error:
            expect(error.pgcode == state, error.pgcode)
    one.rollback()
    one.autocommit = True
    expect(ask("SELECT 3") == [(3,)])


@feature("cancel")
def _():
    try:
        with Cancelling(one.cancel):
            ask("SELECT pg_sleep(60)")
        raise AssertionError("it was not cancelled")
    except psycopg2.errors.QueryCanceled:
        expect(ask("SELECT 4") == [(4,)])


@feature("notice")
def _():
    ask("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect(one.notices[-1] == "NOTICE:  hello\n", one.notices)


@feature("notify")
def _():
    ask("LISTEN news", connection=two)
    ask("NOTIFY news, 'payload'", connection=two)
    while not two.notifies:
        expect(select.select([two], [], [], 20)[0], "nothing came")
        two.poll()
    expect(two.notifies[0].payload == "payload")


@feature("prepared")
def _():
    ask("PREPARE p (int) AS SELECT name, email FROM people WHERE id = $1")
    for number in range(1, 21):
        name, email = ask("EXECUTE p (%s)", (number,))[0]
        expect(name == f"Person {number}" and is_masked(email))
    return "by PREPARE and EXECUTE"


@feature("databases")
def _():
    names = [ask("SELECT current_database()", connection=connection)[0][0] for connection in (one, two)]
    expect(names == [DATABASE, SECOND_DATABASE])
