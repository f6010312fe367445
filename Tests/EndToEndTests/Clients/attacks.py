"""attacks.py CONFIGURATION: runs the attack or benign files of a folder, in three protocol forms and attacks also without the proxy
(the form `direct`, in simple protocol), and prints what is wrong, one JSON
object a line; at the end a count. The configuration (JSON) has `folder`, `kind` (attacks or benign), `shard` [n, of], and `sides`: for
each of the two databases `socket` (the issuer's), `proxy` and `direct` (libpq parameters without user and password), `superuser`
(password). Tests/Attacks/README.md has the rules."""
import datetime
import glob
import json
import os
import re
import struct
import sys
import threading
import time

from sides import Side, blur, canaries_in, opened, run, shown

configuration = json.load(open(sys.argv[1]))
FORMS = {"attacks": ["simple", "text", "binary", "direct"], "benign": ["simple", "text", "binary"]}[configuration["kind"]]
WRITES = re.compile(rb"\b(insert|update|delete|merge|copy|truncate|alter|drop|create|grant|do|call|rule|comment|nextval|setval|lo_)", re.I)
ROLES = re.compile(rb"\brole\b|pg_terminate|pg_cancel", re.I)


def messages_of(path):
    text = open(path, "rb").read()
    return [part.strip(b"\n") for part in re.split(rb"\n[ \t]*\n", text) if part.strip()]


def attempt(sides, path, form, connected):
    """Both sides at once: the same file."""
    outcomes, failures = [None] * len(sides), []

    def work(number):
        try:
            link = connected(sides[number])
        except SystemExit as failure:
            failures.append(failure)
            return
        try:
            outcomes[number] = run(link, messages_of(path), "simple" if form == "direct" else form, sides[number].role)
        finally:
            link.finish()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(sides))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return outcomes


def attacks(sides, path, form):
    source = open(path, "rb").read()
    leased = (lambda side: side.leased("direct")) if form == "direct" else Side.leased
    a, b = attempt(sides, path, form, leased)
    wrong = []
    if None in (a, b):
        return [dict(problem="it did not run")]
    found = canaries_in([a, b], source, [value for side in sides for value in side.secrets])
    if found:
        wrong.append(dict(problem="canary", found=found, a=shown(a), b=shown(b)))
    # Process numbers, times and object numbers differ between two runs on one side as well. (The same data is asked twice.)
    if a != b:
        again = attempt(sides, path, form, leased)
        for number, (one, other) in enumerate(zip(a, b)):
            if one == other:
                continue
            repeats = number < len(again[0]) and number < len(again[1]) and again[0][number] == one and again[1][number] == other
            if repeats or blur(one) != blur(other):
                wrong.append(dict(problem="the sides differ", message=number, a=shown(one, other), b=shown(other, one)))
        if len(a) != len(b):
            wrong.append(dict(problem="one side ended sooner", a=shown(a[-1:]), b=shown(b[-1:])))
    return wrong


def is_masked(mine, owners):
    """Whether a cell can be what a mask shows of the other, or of something made from it."""
    if mine is None or b"*" in mine or b"redacted" in mine.lower() or re.fullmatch(rb"\d{4}-01-01", mine):
        return True
    if len(mine) == 4 and abs(days := struct.unpack("!i", mine)[0]) < 100_000:  # A date in binary.
        day = datetime.date(2000, 1, 1) + datetime.timedelta(days)
        return (day.month, day.day) == (1, 1)
    return False


def benign(sides, path, form):
    side = sides[0]
    mine = attempt([side], path, form, Side.leased)[0]
    if WRITES.search(open(path, "rb").read()):
        side.restore()
    owners = attempt([side], path, form, Side.owner)[0]
    if mine is None or owners is None:
        return [dict(problem="it did not run")]
    wrong = []
    messages = messages_of(path)
    for number, (one, other) in enumerate(zip(mine, owners)):
        is_alike = alike(one, other) or alike(blur(one), blur(other))
        if not is_alike and b"order by" not in outermost(messages[number]).lower():
            is_alike = alike(unordered(one), unordered(other))
        if not is_alike:
            wrong.append(dict(problem="not what the owner gets", message=number, mine=shown(one, other), owner=shown(other, one)))
    if len(mine) != len(owners):
        wrong.append(dict(problem="one ended sooner", mine=shown(mine[-1:]), owner=shown(owners[-1:])))
    return wrong


def outermost(text):
    """The text without what stands in parentheses: an ORDER BY there orders no rows of the result."""
    inner = re.compile(rb"\([^()]*\)")
    while (shorter := inner.sub(b"", text)) != text:
        text = shorter
    return text


def unordered(outcome):
    """Rows that SQL leaves in any order, in one order."""
    results, *rest = outcome
    sorted_results = [[*result[:3], sorted(result[3], key=repr)] if result[0] == "TUPLES_OK" else result for result in results]
    return [sorted_results, *rest]


def alike(mine, owners):
    if isinstance(mine, (list, tuple)) and isinstance(owners, (list, tuple)):
        if mine[:1] == ["FATAL_ERROR"] == owners[:1]:
            # SQLSTATE, message and position; the proxy may add a hint.
            return mine[2:4] + mine[6:7] == owners[2:4] + owners[6:7]
        return len(mine) == len(owners) and all(alike(one, other) for one, other in zip(mine, owners))
    if mine == owners:
        return True
    return (mine is None or isinstance(mine, bytes)) and is_masked(mine, owners)


sides = opened(configuration["sides"])
shard, of = configuration["shard"]
paths = [path for number, path in enumerate(sorted(glob.glob(os.path.join(configuration["folder"], "[0-9]*.sql")))) if number % of == shard]
judge = attacks if configuration["kind"] == "attacks" else benign
count = 0
started = time.monotonic()
for path in paths:
    source = open(path, "rb").read()
    for form in FORMS:
        for wrong in judge(sides, path, form):
            print(json.dumps(dict(file=os.path.basename(path), form=form, **wrong)), flush=True)
        count += 1
        # What changes the role itself would reach the next connection.
        if form == FORMS[-1] or ROLES.search(source):
            for side in sides:
                side.revoke()
        if WRITES.search(source):
            for side in sides:
                side.restore()
print(json.dumps(dict(count=count, seconds=round(time.monotonic() - started))))
