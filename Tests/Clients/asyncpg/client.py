import asyncio
import ssl
import sys

import asyncpg

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("asyncpg", asyncpg.__version__)
loop = asyncio.new_event_loop()
run = loop.run_until_complete


def connect(user=USER, password=PASSWORD, database=DATABASE, authority=AUTHORITY):
    return run(asyncpg.connect(
        host=HOST, port=PORT, user=user, password=password, database=database,
        ssl=ssl.create_default_context(cafile=authority)))


one = connect()
two = connect(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE)


@feature("tls")
def _():
    return must_refuse(lambda: connect(authority=WRONG_AUTHORITY))


@feature("simple")
def _():
    expect(run(one.execute("SELECT 1; SELECT 2")) == "SELECT 1")


@feature("parameters")
def _():
    expect(run(one.fetchrow("SELECT $1::int + 1, $2::text", 41, "größe"))[:] == (42, "größe"))
    expect(is_masked(run(one.fetchval("SELECT email FROM people WHERE id = $1", 7))))


@feature("binary")
def _():
    expect(run(one.fetchrow("SELECT $1::bytea, $2::int[], $3::numeric", b"\0\xff", [1, None], 5))[:2] == (b"\0\xff", [1, None]))
    return "always"


@feature("copy")
def _():
    async def go():
        transaction = one.transaction()
        await transaction.start()
        expect(await one.copy_records_to_table("scratch", records=[("asyncpg", n, None) for n in range(1000)]) == "COPY 1000")
        expect(await one.fetchval("SELECT count(*) FROM scratch WHERE client = 'asyncpg'") == 1000)
        await transaction.rollback()
        parts = []

        async def take(data):
            parts.append(data)
        await one.copy_from_query("SELECT * FROM people", output=take)
        expect(b"@real" in b"".join(parts) or b"@" in b"".join(parts))
        expect(b"person1@" not in b"".join(parts))
    run(go())
    return "in (binary) and out"


@feature("big")
def _():
    expect(len(run(one.fetch(BIG))) == BIG_ROWS)


@feature("cursor")
def _():
    async def go():
        async with one.transaction():
            return [row["id"] async for row in one.cursor("SELECT id, email FROM people ORDER BY id", prefetch=100)]
    expect(run(go()) == list(range(1, 501)))


@feature("error")
def _():
    async def go():
        transaction = one.transaction()
        await transaction.start()
        for statement, state in (("SELECT 1 / 0", "22012"), ("SELECT 1", "25P02")):
            try:
                await one.fetch(statement)
                raise AssertionError(statement)
            except asyncpg.PostgresError as error:
                expect(error.sqlstate == state, error.sqlstate)
        await transaction.rollback()
        expect(await one.fetchval("SELECT 3") == 3)
    run(go())


@feature("cancel")
def _():
    async def go():
        try:
            await one.execute("SELECT pg_sleep(60)", timeout=1)
            raise AssertionError("it was not cancelled")
        except asyncio.TimeoutError:
            expect(await one.fetchval("SELECT 4") == 4)
    run(go())


@feature("notice")
def _():
    seen = []
    one.add_log_listener(lambda _, message: seen.append(message.message))
    run(one.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$"))
    run(asyncio.sleep(0))
    expect(seen == ["hello"], seen)


@feature("notify")
def _():
    async def go():
        heard = asyncio.get_running_loop().create_future()
        await two.add_listener("news", lambda _, __, ___, payload: heard.set_result(payload))
        await two.execute("NOTIFY news, 'payload'")
        expect(await asyncio.wait_for(heard, 20) == "payload")
    run(go())


@feature("prepared")
def _():
    async def go():
        statement = await one.prepare("SELECT name, email FROM people WHERE id = $1")
        for number in range(1, 21):
            row = await statement.fetchrow(number)
            expect(row["name"] == f"Person {number}" and is_masked(row["email"]))
        await one.executemany("SELECT id FROM people WHERE id = $1", [(number,) for number in range(100)])
    run(go())


@feature("databases")
def _():
    names = [run(connection.fetchval("SELECT current_database()")) for connection in (one, two)]
    expect(names == [DATABASE, SECOND_DATABASE])
