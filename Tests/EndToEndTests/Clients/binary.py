"""Runs one statement in the extended protocol with binary results, and prints text columns as they are."""

import sys

import psycopg

with psycopg.connect("") as connection:
    cursor = connection.execute(sys.argv[1], (), binary=True, prepare=True)
    for row in cursor:
        print("|".join("" if value is None else str(value) for value in row))
