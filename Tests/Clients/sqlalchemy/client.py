import sys

import psycopg
import sqlalchemy
from sqlalchemy import text

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("SQLAlchemy", f"{sqlalchemy.__version__} (on psycopg {psycopg.__version__})")


def engine(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY):
    url = sqlalchemy.URL.create(
        "postgresql+psycopg", user, password, HOST, PORT, database, {"sslmode": "verify-full", "sslrootcert": authority})
    return sqlalchemy.create_engine(url)


one, two = engine(), engine(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)


@feature("tls")
def _():
    with one.connect() as connection:
        expect(connection.connection.driver_connection.pgconn.ssl_in_use)
    return must_refuse(lambda: engine(authority=WRONG_AUTHORITY).connect())


@feature("simple")
def _():
    with one.connect() as connection:
        expect(connection.exec_driver_sql("SELECT 1").scalar() == 1)
    names = sqlalchemy.inspect(one).get_table_names()
    expect({"people", "scratch"} <= set(names), names)
    return "and the schema reflected"


people = sqlalchemy.Table("people", sqlalchemy.MetaData(), autoload_with=one)


@feature("parameters")
def _():
    with one.connect() as connection:
        row = connection.execute(sqlalchemy.select(people).where(people.c.id == 7)).one()
        expect(row.name == "Person 7" and is_masked(row.email))


not_available("binary", "the driver's")


@feature("copy")
def _():
    scratch = sqlalchemy.Table("scratch", sqlalchemy.MetaData(), autoload_with=one)
    with one.connect() as connection:
        rows = [{"client": "sqlalchemy", "id": number, "note": "x"} for number in range(2000)]
        returned = connection.execute(sqlalchemy.insert(scratch).returning(scratch.c.id), rows).all()
        expect(len(returned) == 2000)
        with connection.connection.cursor().copy("COPY scratch TO STDOUT") as copy:
            expect(len([row for row in copy.rows() if row[0] == "sqlalchemy"]) == 2000)
        connection.rollback()
    return "out by the driver; in as many-valued INSERT ... RETURNING"


@feature("big")
def _():
    with one.connect() as connection:
        expect(len(connection.execute(text(BIG)).all()) == BIG_ROWS)


@feature("cursor")
def _():
    with one.connect().execution_options(stream_results=True, max_row_buffer=100) as connection:
        expect([row.id for row in connection.execute(people.select().order_by(people.c.id))] == list(range(1, 501)))
    return "stream_results"


@feature("error")
def _():
    with one.connect() as connection:
        for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
            try:
                connection.execute(text(statement))
                raise AssertionError(statement)
            except sqlalchemy.exc.DBAPIError as error:
                expect(error.orig.sqlstate == state, error.orig.sqlstate)
        connection.rollback()
        with connection.begin_nested():
            expect(connection.execute(text("SELECT 3")).scalar() == 3)
    return "and a savepoint"


@feature("cancel")
def _():
    with one.connect() as connection:
        try:
            with Cancelling(connection.connection.driver_connection.cancel_safe):
                connection.execute(text("SELECT pg_sleep(60)"))
            raise AssertionError("it was not cancelled")
        except sqlalchemy.exc.OperationalError as error:
            expect(error.orig.sqlstate == "57014")
        connection.rollback()
        expect(connection.execute(text("SELECT 4")).scalar() == 4)
    return "by the driver"


@feature("notice")
def _():
    seen = []
    with one.connect() as connection:
        connection.connection.driver_connection.add_notice_handler(lambda notice: seen.append(notice.message_primary))
        connection.execute(text("DO $$ BEGIN RAISE NOTICE 'hello'; END $$"))
    expect(seen == ["hello"], seen)


@feature("notify")
def _():
    with two.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("LISTEN news"))
        connection.execute(text("NOTIFY news, 'payload'"))
        expect(next(connection.connection.driver_connection.notifies(timeout=20)).payload == "payload")
    return "by the driver"


@feature("prepared")
def _():
    with one.connect() as connection:
        query = sqlalchemy.select(people.c.name).where(people.c.id == sqlalchemy.bindparam("id"))
        for number in range(1, 21):
            expect(connection.execute(query, {"id": number}).scalar() == f"Person {number}")
    return "by the driver, after five runs"


@feature("databases")
def _():
    with one.connect() as first, two.connect() as second:
        names = [connection.execute(text("SELECT current_database()")).scalar() for connection in (first, second)]
    expect(names == [DATABASE, SECOND_DATABASE])
