import sys

import pyodbc

sys.path.insert(0, sys.path[0] + "/..")
from report import *


def connect(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY, more=""):
    return pyodbc.connect(
        f"Driver=/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so;Server={HOST};Port={PORT};Uid={user};Pwd={password};"
        f"Database={database};sslmode=verify-full;pqopt={{sslrootcert={authority}}};UseServerSidePrepare=1;{more}",
        autocommit=True)


one = connect()
two = connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)
client("psqlODBC", f"{one.getinfo(pyodbc.SQL_DRIVER_VER)} (pyodbc {pyodbc.version})")


def ask(statement, *values, connection=one):
    return connection.execute(statement, *values).fetchall()


@feature("tls")
def _():
    return must_refuse(lambda: connect(authority=WRONG_AUTHORITY))


@feature("simple")
def _():
    expect(ask("SELECT 1")[0][0] == 1)
    expect([row.column_name for row in one.cursor().columns("people")] == ["id", "name", "email", "born"])
    return "and the columns of a table"


@feature("parameters")
def _():
    name, email, text = ask("SELECT name, email, CAST(? AS text) FROM people WHERE id = ?", "größe", 7)[0]
    expect(name == "Person 7" and is_masked(email) and text == "größe")


@feature("binary")
def _():
    expect(ask("SELECT CAST(? AS bytea)", b"\0\xff")[0][0] == b"\0\xff")
    return "parameters of type bytea"


not_available("copy", "ODBC has none")


@feature("big")
def _():
    expect(len(ask(BIG)) == BIG_ROWS)


@feature("cursor")
def _():
    fetching = connect(more="UseDeclareFetch=1;Fetch=70;")
    fetching.autocommit = False
    rows = fetching.execute("SELECT id, email FROM people ORDER BY id").fetchall()
    expect([row[0] for row in rows] == list(range(1, 501)))
    fetching.rollback()
    return "UseDeclareFetch"


@feature("error")
def _():
    one.autocommit = False
    ask("SELECT 1")
    for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
        try:
            ask(statement)
        except pyodbc.Error as error:
            expect(error.args[0] == state, error.args)
            continue
        # The driver sets a savepoint of its own and goes back to it.
        expect(state == "25P02", statement)
    one.rollback()
    one.autocommit = True
    expect(ask("SELECT 3")[0][0] == 3)


@feature("cancel")
def _():
    cursor = one.cursor()
    try:
        with Cancelling(cursor.cancel):
            cursor.execute("SELECT pg_sleep(60)")
        raise AssertionError("it was not cancelled")
    except pyodbc.Error as error:
        expect(error.args[0] in ("57014", "HY008"), error.args)
    expect(ask("SELECT 4")[0][0] == 4)
    return "SQLCancel"


@feature("notice")
def _():
    cursor = one.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect("hello" in str(cursor.messages), cursor.messages)


not_available("notify", "ODBC has none")


@feature("prepared")
def _():
    cursor = one.cursor()
    for number in range(1, 21):
        name, email = cursor.execute("SELECT name, email FROM people WHERE id = ?", number).fetchone()
        expect(name == f"Person {number}" and is_masked(email))


@feature("databases")
def _():
    names = [ask("SELECT current_database()", connection=connection)[0][0] for connection in (one, two)]
    expect(names == [DATABASE, SECOND_DATABASE])
