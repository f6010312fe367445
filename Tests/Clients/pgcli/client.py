"""pgcli on a terminal of its own, through the proxy."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("pgcli", version("pgcli"))
PROMPT = "pgcli-is-ready> "
SETTINGS = "[main]\nenable_pager = False\nless_chatty = True\nsmart_completion = False\nsuggest = False\ndestructive_warning = \n"


class Terminal:
    def __init__(self, **settings):
        self.folder = tempfile.TemporaryDirectory()
        with open(self.folder.name + "/config", "w") as file:
            file.write(SETTINGS)
        environment = dict(os.environ, HOME=self.folder.name, TERM="dumb", PROMPT_TOOLKIT_NO_CPR="1", **settings)
        command = [os.path.dirname(sys.executable) + "/pgcli", "--pgclirc", self.folder.name + "/config", "--prompt", PROMPT]
        leader, follower = pty.openpty()
        self.terminal = leader
        self.process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True)
        os.close(follower)
        self.banner = self.read()

    def read(self):
        """What it shows up to the next prompt, without control sequences."""
        text = ""
        while True:
            ready, _, _ = select.select([self.terminal], [], [], 60)
            expect(ready, "no prompt after 60 s: " + text[-200:])
            try:
                part = os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError("it ended: " + " ".join(text.split())[-300:]) from None
            text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r", "", text + part)
            if text.endswith(PROMPT):
                return text[:-len(PROMPT)]

    def ask(self, line):
        os.write(self.terminal, line.encode() + b"\r")
        said = self.read()
        # It draws the line while it is typed, with a prompt before.
        while "\n" not in said.strip("\n") and said.strip() in ("", line):
            said += self.read()
        return said

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


one = Terminal()


@feature("tls")
def _():
    return must_refuse(lambda: Terminal(PGSSLROOTCERT=WRONG_AUTHORITY))


@feature("simple")
def _():
    said = one.ask("SELECT id, name, email FROM people WHERE id = 7;")
    expect("Person 7" in said and "person7@" not in said, said)
    expect("people" in one.ask("\\dt"))
    return "and \\dt"


not_available("parameters", "it is a terminal")
not_available("binary", "it is a terminal")
not_available("copy", "its \\copy is psycopg's")
not_available("big", "it asks before it shows more than 1,000 rows")
not_available("cursor", "it has none")


@feature("error")
def _():
    one.ask("BEGIN;")
    expect("division by zero" in one.ask("SELECT 1 / 0;"))
    one.ask("ROLLBACK;")
    expect("3" in one.ask("SELECT 3 AS three;"))


@feature("cancel")
def _():
    os.write(one.terminal, b"SELECT pg_sleep(60);\r")
    said = ""
    while "cancel" not in said:
        ready, _, _ = select.select([one.terminal], [], [], 0.5)
        if ready:
            said += os.read(one.terminal, 65536).decode(errors="replace")
        else:
            one.process.send_signal(signal.SIGINT)
    return "Ctrl-C"


not_available("notice", "shown by psycopg")
not_available("notify", "shown by psycopg")
not_available("prepared", "it is a terminal")


@feature("databases")
def _():
    second = Terminal(PGUSER=SECOND_USER, PGPASSWORD=SECOND_PASSWORD, PGDATABASE=SECOND_DATABASE)
    try:
        expect("person7@real.example" in second.ask("SELECT email FROM people WHERE id = 7;"))
    finally:
        second.close()


one.close()
