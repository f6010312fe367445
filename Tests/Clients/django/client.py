import sys

import django
import psycopg
from django.conf import settings

sys.path.insert(0, sys.path[0] + "/..")
from report import *

client("Django", f"{django.__version__} (on psycopg {psycopg.__version__})")


def database(user=USER, password=PASSWORD, name=DATABASE, authority=AUTHORITY):
    return {
        "ENGINE": "django.db.backends.postgresql", "HOST": HOST, "PORT": PORT, "USER": user, "PASSWORD": password, "NAME": name,
        "OPTIONS": {"sslmode": "verify-full", "sslrootcert": authority, "server_side_binding": True}}


settings.configure(
    DATABASES={
        "default": database(), "second": database(SECOND_USER, SECOND_PASSWORD, SECOND_DATABASE),
        "wrong": database(authority=WRONG_AUTHORITY)},
    INSTALLED_APPS=[], USE_TZ=True)
django.setup()

from django.db import DatabaseError, connections, models, transaction  # noqa: E402  after the settings


class Person(models.Model):
    name = models.TextField()
    email = models.TextField()
    born = models.DateField()

    class Meta:
        app_label, db_table, managed = "shop", "people", False


class Scratch(models.Model):
    client = models.TextField(primary_key=True)
    id = models.IntegerField()
    note = models.TextField(null=True)

    class Meta:
        app_label, db_table, managed = "shop", "scratch", False


def ask(statement, values=None, using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


@feature("tls")
def _():
    connections["default"].ensure_connection()
    expect(connections["default"].connection.pgconn.ssl_in_use)
    return must_refuse(lambda: ask("SELECT 1", using="wrong"))


@feature("simple")
def _():
    expect(ask("SELECT 1") == [(1,)])
    with connections["default"].cursor() as cursor:
        inspector = connections["default"].introspection
        names = [column.name for column in inspector.get_table_description(cursor, "people")]
        expect(names == ["id", "name", "email", "born"], names)
        expect(inspector.get_primary_key_column(cursor, "people") == "id")
    return "and the schema inspected"


@feature("parameters")
def _():
    person = Person.objects.get(pk=7)
    expect(person.name == "Person 7" and is_masked(person.email) and person.born.year == 1980)
    expect(Person.objects.filter(name__icontains="person 1", born__year=1980).count() > 10)
    return "bound by the server"


not_available("binary", "the driver's")


@feature("copy")
def _():
    with transaction.atomic():
        Scratch.objects.bulk_create([Scratch(client=f"django {n}", id=n, note="x") for n in range(500)])
        expect(Scratch.objects.filter(client__startswith="django").update(note="y") == 500)
        with connections["default"].cursor() as cursor, cursor.copy("COPY scratch TO STDOUT") as copy:
            expect(len([row for row in copy.rows() if row[0].startswith("django")]) == 500)
        transaction.set_rollback(True)
    return "out by the driver; in by bulk_create"


@feature("big")
def _():
    expect(len(ask(BIG)) == BIG_ROWS)


@feature("cursor")
def _():
    expect([person.pk for person in Person.objects.order_by("pk").iterator(chunk_size=100)] == list(range(1, 501)))
    return "QuerySet.iterator()"


@feature("error")
def _():
    try:
        with transaction.atomic():
            ask("SELECT 1 / 0")
        raise AssertionError("1 / 0")
    except DatabaseError as error:
        expect(error.__cause__.sqlstate == "22012")
    with transaction.atomic():
        try:
            with transaction.atomic():
                ask("SELECT 1 / 0")
        except DatabaseError:
            pass
        expect(ask("SELECT 3") == [(3,)])
    return "and nested ones"


@feature("cancel")
def _():
    connections["default"].ensure_connection()
    try:
        with Cancelling(connections["default"].connection.cancel_safe):
            ask("SELECT pg_sleep(60)")
        raise AssertionError("it was not cancelled")
    except DatabaseError as error:
        expect(error.__cause__.sqlstate == "57014")
    expect(ask("SELECT 4") == [(4,)])
    return "by the driver"


@feature("notice")
def _():
    seen = []
    connections["default"].connection.add_notice_handler(lambda notice: seen.append(notice.message_primary))
    ask("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    expect(seen == ["hello"], seen)
    return "by the driver"


@feature("notify")
def _():
    ask("LISTEN news", using="second")
    ask("NOTIFY news, 'payload'", using="second")
    expect(next(connections["second"].connection.notifies(timeout=20)).payload == "payload")
    return "by the driver"


@feature("prepared")
def _():
    for number in range(1, 21):
        expect(Person.objects.values_list("name", flat=True).get(pk=number) == f"Person {number}")
    return "the same query twenty times"


@feature("databases")
def _():
    expect(Person.objects.using("second").get(pk=7).email == "person7@real.example")
    names = [ask("SELECT current_database()", using=using)[0][0] for using in ("default", "second")]
    expect(names == [DATABASE, SECOND_DATABASE])
