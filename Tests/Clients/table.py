"""Writes docs/clients.md to standard output, from the reports that `make clients` gathered in the folder given."""
import os
import sys

FEATURES = {
    "tls": "TLS", "simple": "simple", "parameters": "parameters", "binary": "binary", "copy": "COPY", "big": "big result",
    "cursor": "cursor", "error": "error", "cancel": "cancel", "notice": "notice", "notify": "notify", "prepared": "prepared",
    "databases": "2 databases"}
MARKS = {"PASS": "yes", "FAIL": "**no**", "NO": "**no**", "N/A": "–"}
HEAD = """# Clients

Written by `make clients`, which runs each of these programs (Tests/Clients) unchanged through the proxy; `make test` runs the ones
that are quick to install. All but one column are a session with a masked table in it; notifications are heard on a second database
without masks, because payloads are emptied in masked sessions ([masking.md](masking.md)).

What the columns mean: TLS is verify-full with a server certificate of a private authority, and a refusal under another authority;
simple is statements without parameters, and what the client asks of the catalog; parameters and binary are values in the extended
protocol; COPY is both ways where the client has both; big result is 20,000 rows of 1,000 bytes; cursor is a result in parts; error is
SQLSTATE 22012 and 25P02 in a transaction, and a rollback; cancel ends a query and not its session; notice is RAISE NOTICE; notify is
LISTEN and NOTIFY; prepared is one statement twenty times; 2 databases are two leases at a time. A dash: the client has it not.
"""


def read(path):
    rows, name = {}, ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "CLIENT":
                name = rest
            elif word in MARKS:
                feature, _, detail = rest.partition(" ")
                rows[feature] = (MARKS[word], detail)
    return name, rows


clients = sorted((read(f"{sys.argv[1]}/{name}") for name in os.listdir(sys.argv[1]) if name.endswith(".txt")), key=lambda pair: pair[0].lower())
print(HEAD)
print("| client | " + " | ".join(FEATURES.values()) + " |")
print("|---|" + "---|" * len(FEATURES))
for name, rows in clients:
    print(f"| {name} | " + " | ".join(rows.get(feature, ("**?**", ""))[0] for feature in FEATURES) + " |")
print("\n## How, and why not\n")
for name, rows in clients:
    notes = [f"{FEATURES[feature]}: {rows[feature][1]}" for feature in FEATURES if feature in rows and rows[feature][1]]
    if notes:
        print(f"- **{name}**. " + "; ".join(notes) + ".")
