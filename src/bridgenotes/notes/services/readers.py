"""Feedback of readers who take no part: kept apart from ratings, never scored (RF-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from bridgenotes.base.errors import Conflict, Invalid
from bridgenotes.data.vocabulary import CRH, HELPFULNESS_LEVELS
from bridgenotes.notes.models import Note, ReaderFeedback

if TYPE_CHECKING:
    from datetime import datetime


def give_feedback(note: Note, reader: str, level: str, *, now: datetime) -> ReaderFeedback:
    """Record or replace a reader's answer to "Is this note helpful?" on a note shown on a post.

    Parameters
    ----------
    note : Note
        Shown on its post.
    reader : str
        A handle made for this note alone.
    level : str
        A public helpfulness level.
    now : datetime
        Kept as a day.

    Raises
    ------
    Invalid
        If the level is none.
    Conflict
        If the note does not show.
    """
    if level not in HELPFULNESS_LEVELS:
        sentence = gettext("Say whether the note is helpful.")
        raise Invalid("feedback.level", sentence, fields={"level": sentence})
    if note.is_deleted or note.status != CRH:
        raise Conflict("feedback.not_shown", gettext("This note does not show on the post any more."))
    feedback, _ = ReaderFeedback.objects.update_or_create(
        note=note, reader=reader, defaults={"level": level, "given_on": now.date()}
    )
    return feedback
