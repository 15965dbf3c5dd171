"""What runs left for pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bridgenotes.base.prepared import Prepared
from bridgenotes.insight.models import NoteDrawing, NoteExplanation, Overview

if TYPE_CHECKING:
    from datetime import datetime

    from bridgenotes.insight.facts import Facts
    from bridgenotes.insight.overview import Figures


_explanation = Prepared(lambda number: NoteExplanation.objects.filter(pk=number))
_drawing = Prepared(lambda number: NoteDrawing.objects.filter(pk=number))


def explanation_of(note_id: int) -> tuple[Facts, datetime] | None:
    """Return why a note has its status, and when that was found; None before it was scored with ratings."""
    found = next(iter(_explanation(note_id)), None)
    return (cast("Facts", found.facts), found.explained_at) if found else None


def drawing_of(note_id: int) -> NoteDrawing | None:
    """Return how viewpoints rated a note; None while there are too few ratings."""
    return next(iter(_drawing(note_id)), None)


def overview() -> tuple[Figures, datetime] | None:
    """Return the community from above, and when it was looked at; None before the first run."""
    found = Overview.objects.first()
    return (cast("Figures", found.figures), found.made_at) if found else None
