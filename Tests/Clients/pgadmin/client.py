"""What a person clicks in pgAdmin, asked of its server."""
import itertools
import os
import sys
import time
from importlib.metadata import version

import requests

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("pgAdmin", version("pgadmin4"))
URL = os.environ["PGADMIN_URL"]
web = requests.Session()
for _ in range(3000):
    try:
        web.get(URL + "/browser/", timeout=60)
        break
    except requests.ConnectionError:
        time.sleep(0.1)
tools = itertools.count(1_000_001)


def connect(server, password):
    answer = web.post(f"{URL}/browser/server/connect/1/{server}", data={"password": password, "save_password": "false"}).json()
    expect(answer.get("success") == 1, str(answer)[:300])


def database(server, name):
    nodes = web.get(f"{URL}/browser/database/nodes/1/{server}/").json()["data"]
    return next(node["_id"] for node in nodes if node["label"] == name)


class QueryTool:
    def __init__(self, server, user, name):
        self.number = next(tools)
        answer = web.post(
            f"{URL}/sqleditor/initialize/sqleditor/{self.number}/1/{server}/{database(server, name)}",
            json={"user": user, "role": None, "dbname": name})
        expect(answer.ok, answer.text[:300])

    def start(self, sql):
        answer = web.post(f"{URL}/sqleditor/query_tool/start/{self.number}", json={"sql": sql, "explain_plan": None})
        expect(answer.ok, answer.text[:300])
        return answer.text

    def poll(self):
        while True:
            answer = web.get(f"{URL}/sqleditor/poll/{self.number}").json()
            data = answer.get("data") or {}
            if data.get("status") != "Busy":
                return dict(data, errormsg=answer.get("errormsg"))
            time.sleep(0.05)

    def run(self, sql):
        self.start(sql)
        return self.poll()


connect(1, PASSWORD)
connect(2, SECOND_PASSWORD)
one, two = QueryTool(1, USER, DATABASE), QueryTool(2, SECOND_USER, SECOND_DATABASE)


@feature("tls")
def _():
    return must_refuse(lambda: connect(3, PASSWORD))


@feature("simple")
def _():
    row = one.run("SELECT name, email FROM people WHERE id = 7")["result"][0]
    expect("Person 7" in row and not any(str(value).startswith("person7@") for value in row), row)
    return "the query tool, and the tree of databases"


not_available("parameters", "it is a window")
not_available("binary", "it is a window")
not_available("copy", "by psql")


@feature("big")
def _():
    data = one.run("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")
    expect(data["status"] == "Success" and data["rows_affected"] == 20000, {key: data.get(key) for key in ("status", "rows_affected")})
    return "fetched in parts"


not_available("cursor", "on the client's side")


@feature("error")
def _():
    said = one.start("SELECT 1 / 0") + str(one.poll())
    expect("division by zero" in said, said[:300])
    expect(one.run("SELECT 3")["result"][0][0] == 3)


@feature("cancel")
def _():
    one.start("SELECT pg_sleep(5)")
    with Cancelling(lambda: requests.post(f"{URL}/sqleditor/cancel/{one.number}", cookies=web.cookies, timeout=20)):
        said = str(one.poll())
    expect("canceling statement" in said, said[:300])
    return "the stop button"


@feature("notice")
def _():
    said = one.run("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect("hello" in str(said), str(said)[:300])


not_available("notify", "shown with the next answer")
not_available("prepared", "it is a window")


@feature("databases")
def _():
    expect(two.run("SELECT email FROM people WHERE id = 7")["result"][0][0] == "person7@real.example")
