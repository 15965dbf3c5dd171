"""Statements written once answer as the queries they were made from, on both databases, in every thread."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from bridgenotes.base.databases import PREPARED_FROM
from bridgenotes.base.prepared import Prepared
from bridgenotes.notes.models import Note

BY_NUMBER = Prepared(lambda numbers: Note.objects.select_related("author").filter(pk__among=numbers))
BY_WORDS = Prepared(lambda words: Note.objects.filter(summary__among=words).order_by("pk"))
OF_AUTHOR = Prepared(lambda author, before: Note.objects.filter(author=author, created_at__lt=before))


def test_each_run_answers_for_its_own_values(noting, django_assert_num_queries) -> None:
    notes = [noting.note(text=f'It\'s "100%" {k}, {{}} \\ https://source.example.org/{k}') for k in range(4)]
    BY_NUMBER([0])
    with django_assert_num_queries(4):
        for some in ([], notes[:1], notes[1:], [*notes, *notes]):
            found = BY_NUMBER([note.pk for note in some])
            assert {(note.pk, note.author.alias) for note in found} == {(n.pk, n.author.alias) for n in some}
    assert BY_WORDS([notes[2].summary, "', 'x"]) == [notes[2]]


def test_ids_and_times_are_values_too(noting) -> None:
    note, other = noting.note(), noting.note()
    later = note.created_at + timedelta(seconds=1)
    assert OF_AUTHOR(note.author_id, later) == [note]
    assert OF_AUTHOR(other.author_id, other.created_at) == []


def test_a_value_that_is_no_parameter_is_an_error(noting) -> None:
    with pytest.raises(ValueError, match="not a parameter"):
        Prepared(lambda number: Note.objects.filter(pk__gt=0)[: number % 7])(3)


@pytest.mark.django_db(transaction=True)
def test_threads_share_a_statement(noting) -> None:
    notes = [noting.note() for _ in range(4)]
    found: dict[int, list[int]] = {}

    def look(number: int) -> None:
        found[number] = [note.pk for _ in range(20) for note in BY_NUMBER([number])]
        connection.close()

    threads = [threading.Thread(target=look, args=(note.pk,)) for note in notes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {note.pk: [note.pk] * 20 for note in notes}


def test_postgresql_knows_a_statement_by_name(noting) -> None:
    if connection.vendor != "postgresql":
        return
    note = noting.note()
    for _ in range(PREPARED_FROM + 1):
        assert OF_AUTHOR(note.author_id, note.created_at) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
                       ['%created_at" < $2%'])  # fmt: skip
        assert cursor.fetchall() == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used() -> None:
    """As after a restart of the database: nobody sees a failure of what asks next."""
    if connection.vendor != "postgresql":
        return
    other = connection.copy()
    other.settings_dict = {**other.settings_dict, "CONN_HEALTH_CHECKS": True}
    first = backend(other)
    assert other.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert not other.is_usable()
    other.close_if_unusable_or_obsolete()  # as each request begins
    with other.preparing():
        assert backend(other) != first
    assert other.is_usable()
    other.close()
    assert not other.is_usable()


def backend(line) -> int:
    with line.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]
