"""Impacts counted from scratch, from the rows and the rules of the domain alone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bridgenotes.base.rules import rules
from bridgenotes.contributors.models import Contributor
from bridgenotes.domain.impacts import (
    NoteOutcome,
    RatedNote,
    RatingImpact,
    WritingImpact,
    rating_impact,
    writing_impact,
)
from bridgenotes.notes.models import Note, Rating


def recounted_impacts() -> dict[UUID, tuple[WritingImpact, RatingImpact]]:
    """Return everybody's writing and rating impact."""
    outcomes = {note.pk: _outcome(note) for note in Note.objects.select_related("history")}
    written: dict[UUID, list[str]] = {}
    for author, status in Note.objects.filter(history__isnull=False).values_list("author_id", "status"):
        written.setdefault(author, []).append(status)
    rated: dict[UUID, list[RatedNote]] = {}
    for rating in Rating.objects.filter(deleted_at__isnull=True):
        rated.setdefault(rating.rater_id, []).append(
            RatedNote(rating.level, rating.created_at, outcomes[rating.note_id])
        )
    config = rules().impacts
    return {
        person: (writing_impact(written.get(person, [])), rating_impact(rated.get(person, []), config))
        for person in Contributor.objects.values_list("pk", flat=True)
    }


def _outcome(note: Note) -> NoteOutcome:
    history = getattr(note, "history", None)
    decided_ms = history.latest_non_nmr_status_at_ms if history else None
    decided = None if decided_ms is None else datetime.fromtimestamp(decided_ms / 1000, tz=UTC)
    return NoteOutcome(note.created_at, note.status, decided)
