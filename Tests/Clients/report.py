"""What the Python programs beside this have in common: where to connect, and one line a feature."""
import os
import threading

HOST, PORT, AUTHORITY = os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGSSLROOTCERT"]
USER, PASSWORD, DATABASE = os.environ["PGUSER"], os.environ["PGPASSWORD"], os.environ["PGDATABASE"]
SECOND_USER, SECOND_PASSWORD = os.environ["SECOND_USER"], os.environ["SECOND_PASSWORD"]
SECOND_DATABASE = os.environ["SECOND_DATABASE"]
# An authority that has signed nothing here: with it no client may connect.
WRONG_AUTHORITY = os.environ["CLIENT_WRONG_CA"]

BIG_ROWS, BIG_TEXT = 20_000, 1_000
BIG = f"SELECT n, repeat('x', {BIG_TEXT}) FROM generate_series(1, {BIG_ROWS}) AS n"


def client(name, version):
    print(f"CLIENT {name} {version}", flush=True)


def feature(name):
    """Runs the function that it stands before, and says how it went."""
    def run(body):
        try:
            detail = body()
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAIL {name} {text[:300]}", flush=True)
        else:
            print(f"PASS {name} {detail or ''}".rstrip(), flush=True)
    return run


def not_available(name, why):
    print(f"N/A {name} {why}", flush=True)


def expect(condition, what="not as expected"):
    if not condition:
        raise AssertionError(what)


def is_masked(email):
    return "@" in email and not email.startswith("person")


class Cancelling:
    """Asks for a cancel again and again until the query has ended, for the first may come before it runs."""

    def __init__(self, cancel):
        self.cancel, self.done = cancel, threading.Event()
        self.thread = threading.Thread(target=self.go)

    def go(self):
        while not self.done.wait(0.2):
            self.cancel()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def must_refuse(connect):
    """A connection that would trust anybody is none over TLS verify-full."""
    try:
        connect()
    except Exception as error:
        return f"verify-full; a wrong authority is refused ({type(error).__name__})"
    raise AssertionError("connected although the server's certificate is signed by somebody else")
