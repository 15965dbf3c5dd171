"""Notes by their words, language and status, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import connection

from bridgenotes.data.vocabulary import STATUSES
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import note_views, with_facts
from bridgenotes.posts.queries import LARGEST_ID
from bridgenotes.search.asked import terms
from bridgenotes.search.index import backend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgenotes.notes.queries.display import Looker, NoteView

PAGE_SIZE: Final = 20


@dataclass(frozen=True)
class Search:
    """What is looked for; what is empty does not matter.

    Attributes
    ----------
    question : str
        Words as people type them, phrases in quotation marks.
    language : str
        BCP 47, as the host tells it.
    status : str
        Public name.
    before : int or None
        Continue after the note of this number.
    """

    question: str = ""
    language: str = ""
    status: str = ""
    before: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        return not (self.question.strip() or self.language or self.status)


@dataclass(frozen=True)
class Found:
    """A page of notes; ``next_before`` continues it, None at its end."""

    notes: tuple[NoteView, ...]
    next_before: int | None


def find(search: Search, looker: Looker) -> Found:
    """Return the notes that hold all words, without deleted ones; at most four queries.

    Numbers of notes sort by time, so that a page begins where the former ended whatever was written meanwhile.
    """
    numbers = _numbers(search)
    shown = numbers[:PAGE_SIZE]
    notes = with_facts(Note.objects.filter(pk__in=shown, deleted_at__isnull=True)).order_by("-pk")
    more = shown[-1] if len(numbers) > PAGE_SIZE else None
    return Found(tuple(note_views(list(notes), looker)), more)


def _numbers(search: Search) -> list[int]:
    """Return the numbers of one page and of one note more."""
    wanted = terms(search.question)
    if search.question.strip() and not wanted:
        return []
    if search.status and search.status not in STATUSES:
        return []
    source, order, number = "notes_note n", "n.id", "n.id"
    conditions, parameters = ["n.deleted_at IS NULL"], list[str]()
    with connection.cursor() as cursor:
        if wanted:
            way = backend(connection)
            source, condition, parameters = way.matching(wanted)
            order = way.order(cursor, wanted)
            conditions, number = [condition, *conditions], order.partition(" ")[0]
        more, values = _filters(search, number)
        statement = (
            f"SELECT n.id FROM {source} WHERE {' AND '.join([*conditions, *more])}"  # noqa: S608 (our own words)
            f" ORDER BY {order} DESC LIMIT {PAGE_SIZE + 1}"
        )
        cursor.execute(statement, [*parameters, *values])
        return [found for (found,) in cursor.fetchall()]


def _filters(search: Search, number: str) -> tuple[list[str], Sequence[str | int]]:
    """Return conditions and their parameters."""
    conditions: list[str] = []
    values: list[str | int] = []
    if search.language:
        conditions.append("n.language = %s")
        values.append(search.language)
    if search.status:
        conditions.append("n.status = %s")
        values.append(search.status)
    if search.before is not None:
        conditions.append(f"{number} < %s")
        values.append(min(max(search.before, 0), LARGEST_ID))
    return conditions, values
