import io
import ssl
import sys
from importlib.metadata import version

import pg8000.dbapi
import pg8000.native

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("pg8000", version("pg8000"))


def connect(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY):
    return pg8000.native.Connection(
        user, host=HOST, port=PORT, password=password, database=database, ssl_context=ssl.create_default_context(cafile=authority))


one = connect()
two = connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)


@feature("tls")
def _():
    return must_refuse(lambda: connect(authority=WRONG_AUTHORITY))


@feature("simple")
def _():
    expect(one.run("SELECT 1") == [[1]])
    expect(is_masked(one.run("SELECT email FROM people WHERE id = 7")[0][0]))


@feature("parameters")
def _():
    expect(one.run("SELECT CAST(:a AS int) + 1, CAST(:b AS text)", a=41, b="größe") == [[42, "größe"]])


not_available("binary", "pg8000 speaks text only")


@feature("copy")
def _():
    one.run("COPY scratch FROM STDIN", stream=io.BytesIO(b"".join(b"pg8000\t%d\tx\n" % n for n in range(1000))))
    out = io.BytesIO()
    one.run("COPY (SELECT id FROM scratch WHERE client = 'pg8000') TO STDOUT", stream=out)
    one.run("DELETE FROM scratch WHERE client = 'pg8000'")
    expect(len(out.getvalue().splitlines()) == 1000)
    return "in and out"


@feature("big")
def _():
    expect(len(one.run(BIG)) == BIG_ROWS)


@feature("cursor")
def _():
    one.run("BEGIN")
    one.run("DECLARE c CURSOR FOR SELECT id, email FROM people ORDER BY id")
    expect([len(one.run("FETCH 200 FROM c")) for _ in range(3)] == [200, 200, 100])
    one.run("COMMIT")
    return "by DECLARE and FETCH"


@feature("error")
def _():
    one.run("BEGIN")
    for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
        try:
            one.run(statement)
            raise AssertionError(statement)
        except pg8000.native.DatabaseError as error:
            expect(error.args[0]["C"] == state, error.args)
    one.run("ROLLBACK")
    expect(one.run("SELECT 3") == [[3]])


not_available("cancel", "pg8000 has no cancel")


@feature("notice")
def _():
    one.run("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect(one.notices[-1][b"M"] == b"hello", one.notices)


@feature("notify")
def _():
    two.run("LISTEN news")
    two.run("NOTIFY news, 'payload'")
    two.run("SELECT 1")
    expect(two.notifications[0][2] == "payload", two.notifications)


@feature("prepared")
def _():
    statement = one.prepare("SELECT name, email FROM people WHERE id = :id")
    for number in range(1, 21):
        name, email = statement.run(id=number)[0]
        expect(name == f"Person {number}" and is_masked(email))
    statement.close()


@feature("databases")
def _():
    names = [connection.run("SELECT current_database()")[0][0] for connection in (one, two)]
    expect(names == [DATABASE, SECOND_DATABASE])
