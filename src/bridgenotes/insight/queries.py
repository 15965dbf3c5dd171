"""What runs left for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bridgenotes.base.prepared import Prepared
from bridgenotes.insight.models import Overview
from bridgenotes.notes.models import Note
from bridgenotes.notes.queries.display import EVERYTHING, note_by_id, with_facts

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.insight.facts import Facts
    from bridgenotes.insight.models import NoteDrawing
    from bridgenotes.insight.overview import Figures


_explained = Prepared(
    lambda numbers: with_facts(Note.objects.filter(pk__among=numbers), *EVERYTHING, "explanation", "drawing")
)


def explained_note(note_id: int) -> Note:
    """Return a note with all that display needs and with what runs left of it, in one query.

    Raises
    ------
    NotFound
        If there is none of this number.
    """
    return note_by_id(note_id, read=_explained)


def explanation_of(note: Note) -> tuple[Facts, datetime] | None:
    """Return why a note has its status, and when that was found; None before it was scored with ratings."""
    found = getattr(note, "explanation", None)
    return (cast("Facts", found.facts), found.explained_at) if found else None


def drawing_of(note: Note) -> NoteDrawing | None:
    """Return how viewpoints rated a note; None while there are too few ratings."""
    return getattr(note, "drawing", None)


def overview() -> tuple[Figures, datetime] | None:
    """Return the community from above, and when it was looked at; None before the first run."""
    found = Overview.objects.first()
    return (cast("Figures", found.figures), found.made_at) if found else None
