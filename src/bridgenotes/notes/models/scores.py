"""What the latest scoring run found of notes and raters, for ranking. Private: no page or export shows it.

The published tables of a run hold these numbers for notes; for raters they would tell a viewpoint.
"""

from __future__ import annotations

from django.db import models

from bridgenotes.contributors.models import Contributor
from bridgenotes.notes.models.note import Note


class NoteScore(models.Model):
    """Parameters of a note by the model that decided it."""

    note = models.OneToOneField(Note, models.CASCADE, primary_key=True, related_name="score")
    intercept = models.FloatField(null=True, blank=True)
    factor = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        """Return the note."""
        return f"score of {self.note_id}"


class RaterScore(models.Model):
    """A contributor's parameters in the core model: the sign of ``factor`` is the side (NYH-5)."""

    contributor = models.OneToOneField(
        Contributor, models.CASCADE, primary_key=True, related_name="rater_score"
    )
    intercept = models.FloatField(null=True, blank=True)
    factor = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        """Return nothing that tells."""
        return "score of a rater"
